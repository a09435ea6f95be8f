import { Button, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface RevealDialogProps {
  readonly close: () => void;
  readonly reveal: (reason: string) => void;
  readonly isRevealing: boolean;
}

export function RevealDialog({ close, reveal, isRevealing }: RevealDialogProps) {
  const [reason, setReason] = useState('');
  return (
    <Modal opened onClose={close} title="Show as it was">
      <Stack>
        <Text size="sm">
          You will see data of a patient. That, and why, is on record, and an alert tells of it. It is hidden again
          after a quarter of an hour.
        </Text>
        <Textarea
          label="Why you must see it"
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <DialogButtons leave={close}>
          <Button onClick={() => reveal(reason.trim())} loading={isRevealing} disabled={reason.trim() === ''}>
            Show it
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
