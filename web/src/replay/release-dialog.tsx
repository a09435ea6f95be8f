import { Button, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface DialogProps {
  readonly transaction: { readonly appointmentId: string };
  readonly close: () => void;
}

export function ReleaseDialog({ transaction, close }: DialogProps) {
  const [reason, setReason] = useState('');
  const release = useAct({
    act: () =>
      answered(
        api.POST('/v1/appointments/{id}/release', {
          params: { path: { id: transaction.appointmentId } },
          body: { reason: reason.trim() },
        }),
      ),
    done: 'What was asked later goes on.',
    after: close,
  });
  return (
    <Modal opened onClose={close} title="Go on past a change in doubt">
      <Stack>
        <Text size="sm">
          What was asked later for this appointment is sent now. The change in doubt may have been made at the hospital:
          it stays in review, blocks nothing any more, and is still to be settled.
        </Text>
        <Textarea
          label="Why"
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={1000}
        />
        <DialogButtons leave={close}>
          <Button disabled={reason.trim() === ''} loading={release.isPending} onClick={() => release.mutate()}>
            Go on past it
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
