import { Alert, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { SideBySide } from '../kit/side-by-side.tsx';
import { useAct } from '../kit/use-act.ts';
import { Instant } from '../kit/time.tsx';
import { useSession } from '../session/session-context.ts';

/** An edited replay that waits for a second person: before and after, side by side. */
export function ApprovalNote({ transactionId }: { readonly transactionId: string }) {
  const me = useSession();
  const path = { params: { path: { id: transactionId } } };
  const may = useMay('approveReplay');
  const { data } = useQuery({
    queryKey: ['transaction', transactionId, 'approval'],
    queryFn: () => answered(api.GET('/v1/transactions/{id}/replay', path)),
    enabled: may,
  });
  const approve = useAct({
    act: () => answered(api.POST('/v1/transactions/{id}/replay/approve', path)),
    done: 'Approved: it is under way.',
  });
  const reject = useAct({
    act: () => answered(api.POST('/v1/transactions/{id}/replay/reject', path)),
    done: 'Turned down.',
  });
  if (!data) return null;
  return (
    <Alert color="indigo" title="An edited replay waits for a second person">
      <Text size="sm">
        Asked for by {data.requestedBy}, <Instant at={data.requestedAt} />. {data.why}
      </Text>
      <SideBySide of="Reason" before={data.before.reason} after={data.after.reason} />
      <Group gap="xs" mt="xs">
        {me.clientId !== data.requestedBy && (
          <Button onClick={() => approve.mutate()} loading={approve.isPending}>
            Approve and send
          </Button>
        )}
        <Button variant="default" onClick={() => reject.mutate()} loading={reject.isPending}>
          Turn down
        </Button>
      </Group>
    </Alert>
  );
}
