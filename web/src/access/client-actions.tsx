import { Button, Group, Modal } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { ShownOnce } from '../kit/shown-once.tsx';
import { useAct } from '../kit/use-act.ts';
import type { Client } from './access-state.tsx';

export function ClientActions({ client }: { readonly client: Client }) {
  const [mayChange, mayRotate] = [useMay('changeClient'), useMay('rotateClientSecret')];
  const params = { path: { id: client.id } };
  const isOff = client.state === 'disabled';
  const change = useAct({
    act: () => answered(api.PATCH('/v1/clients/{id}', { params, body: { state: isOff ? 'active' : 'disabled' } })),
    done: isOff ? `${client.name} may call again.` : `${client.name} gets no token any more.`,
  });
  const rotate = useAct({
    act: () => answered(api.POST('/v1/clients/{id}/rotate-secret', { params })),
    done: 'The secret before is good for another day.',
  });
  const secret = rotate.data?.secret;
  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      {mayRotate && !isOff && client.authentication === 'secret' && (
        <Button variant="default" onClick={() => rotate.mutate()} loading={rotate.isPending}>
          New secret
        </Button>
      )}
      {mayChange && client.authentication !== 'none' && (
        <Button variant="default" onClick={() => change.mutate()} loading={change.isPending}>
          {isOff ? 'Switch on' : 'Switch off'}
        </Button>
      )}
      {typeof secret === 'string' && (
        <Modal opened onClose={rotate.reset} title={`New secret of ${client.name}`}>
          <ShownOnce secret={secret} close={rotate.reset}>
            Shown this once. The one before is good for another day.
          </ShownOnce>
        </Modal>
      )}
    </Group>
  );
}
