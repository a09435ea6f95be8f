import { Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import type { Files } from './examples.ts';
import { inputOf } from './use-try.ts';

interface SaveExampleProps {
  readonly name: string;
  readonly connection: string;
  readonly files: Files;
  readonly input: string;
  readonly saved: (files: Files) => void;
}

/** The input at hand becomes an example of the mapping, redacted: texts and numbers of a person are replaced by others of their shape. */
export function SaveExample({ name, connection, files, input, saved }: SaveExampleProps) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const [called, setCalled] = useState('');
  const path = `examples/${called.trim()}.json`;
  const save = useAct({
    act: () =>
      answered(
        api.POST('/v1/mappings/{name}/try', {
          params: { path: { name } },
          body: { connectionId: connection, files, input: inputOf(input), saveAs: path },
        }),
      ),
    done: (answer) =>
      answer.files ? 'Among the files now, redacted. Save them as a draft to keep them.' : 'Nothing was saved.',
    after: (answer) => {
      if (!answer.files) return;
      saved(answer.files);
      close();
    },
  });
  const refused = save.data && !save.data.files ? (save.data.differs ?? []) : undefined;
  return (
    <Popover opened={opened} onChange={toggle} position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <Button size="compact-xs" variant="default" onClick={toggle}>
          Save as an example
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <TextInput
            label="Name"
            description="It is kept redacted"
            placeholder="two-names"
            value={called}
            onChange={(event) => setCalled(event.currentTarget.value)}
            error={path in files ? 'There is one of this name' : undefined}
          />
          {refused && (
            <Text size="sm" c="red">
              Redacted it maps otherwise{refused.length > 0 ? `, at ${refused.join(', ')}` : ''}: write one by hand.
            </Text>
          )}
          <Group justify="flex-end">
            <Button
              onClick={() => save.mutate()}
              loading={save.isPending}
              disabled={!/^[\w-][\w.-]*$/.test(called.trim()) || path in files}
            >
              Save
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
