import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import { ConnectionCheck } from './connection-check.tsx';

export function FinishConnection({ id }: { readonly id: string }) {
  const navigate = useNavigate();
  const toIt = (): void => void navigate({ to: '/connections/$id', params: { id } });
  const resume = useAct({
    act: () => answered(api.POST('/v1/connections/{id}/resume', { params: { path: { id } } })),
    done: 'It is on: its providers and slots are read now.',
    after: toIt,
  });
  return (
    <Paper withBorder p="md" mt="md" maw={760}>
      <Stack>
        <ConnectionCheck id={id} />
        <Group>
          <Button size="sm" onClick={() => resume.mutate()} loading={resume.isPending}>
            Switch it on
          </Button>
          <Button size="sm" variant="default" onClick={toIt}>
            Leave it paused
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          A step that fails says what to do. It can be switched on later, too.
        </Text>
      </Stack>
    </Paper>
  );
}
