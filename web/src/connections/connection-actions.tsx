import { Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import { EditConnection } from './edit-connection.tsx';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

type Connection = Schemas['connection'];

export function ConnectionActions({ connection }: { readonly connection: Connection }) {
  const [pauses, pauseDialog] = useDisclosure(false);
  const [edits, editDialog] = useDisclosure(false);
  const [mayPause, mayResume, mayChange, mayReconcile] = [
    useMay('pauseConnection'),
    useMay('resumeConnection'),
    useMay('changeConnection'),
    useMay('reconcileConnection'),
  ];
  const path = { params: { path: { id: connection.id } } };
  const resume = useAct({
    act: () => answered(api.POST('/v1/connections/{id}/resume', path)),
    done: 'It is called again; what has waited is sent.',
  });
  const reconcile = useAct({
    act: () => answered(api.POST('/v1/connections/{id}/reconcile', path)),
    done: 'It is compared now. See Reconciliation.',
  });
  return (
    <>
      {mayReconcile && connection.managedBy === 'his' && (
        <Button variant="default" onClick={() => reconcile.mutate()} loading={reconcile.isPending}>
          Reconcile now
        </Button>
      )}
      {mayChange && (
        <Button variant="default" onClick={editDialog.open}>
          Change
        </Button>
      )}
      {mayResume && connection.state !== 'active' && (
        <Button onClick={() => resume.mutate()} loading={resume.isPending}>
          Resume
        </Button>
      )}
      {mayPause && connection.state === 'active' && (
        <Button variant="default" onClick={pauseDialog.open}>
          Pause
        </Button>
      )}
      <PauseDialog connection={connection} opened={pauses} close={pauseDialog.close} />
      {edits && <EditConnection connection={connection} close={editDialog.close} />}
    </>
  );
}

interface PauseDialogProps {
  readonly connection: Connection;
  readonly opened: boolean;
  readonly close: () => void;
}

function PauseDialog({ connection, opened, close }: PauseDialogProps) {
  const [reason, setReason] = useState('');
  const pause = useAct({
    act: () =>
      answered(
        api.POST('/v1/connections/{id}/pause', {
          params: { path: { id: connection.id } },
          body: reason.trim() === '' ? {} : { reason: reason.trim() },
        }),
      ),
    done: 'Nothing more is sent to it.',
    after: close,
  });
  return (
    <Modal opened={opened} onClose={close} title={`Pause ${connection.name}?`}>
      <Stack>
        <Text size="sm">
          Bookings are still accepted; they wait until it is resumed. Calls under way end by themselves.
        </Text>
        <TextInput
          label="Why (shown to everybody here)"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={200}
          data-autofocus
        />
        <DialogButtons leave={close}>
          <Button onClick={() => pause.mutate()} loading={pause.isPending}>
            Pause it
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
