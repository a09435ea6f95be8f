import { Button, Modal, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import type { Transaction } from '../transactions/transaction-columns.tsx';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface DialogProps {
  readonly transaction: Transaction;
  readonly close: () => void;
}

const ASKED = {
  book: 'book the appointment',
  reschedule: 'move the appointment',
  cancel: 'cancel the appointment',
} as const;

/** For whoever has looked at the hospital: nothing is sent by this. */
export function ResolveDialog({ transaction, close }: DialogProps) {
  const [as, setAs] = useState<'booked' | 'absent'>();
  const [externalId, setExternalId] = useState('');
  const [reason, setReason] = useState('');
  const needsKey = as === 'booked' && transaction.kind === 'book';
  const isComplete = as !== undefined && reason.trim() !== '' && (!needsKey || externalId.trim() !== '');
  const resolve = useAct({
    act: (found: 'booked' | 'absent') =>
      answered(
        api.POST('/v1/transactions/{id}/resolve', {
          params: { path: { id: transaction.id } },
          body: {
            as: found,
            reason: reason.trim(),
            ...(found === 'booked' && externalId.trim() !== '' && { externalId: externalId.trim() }),
          },
        }),
      ),
    done: 'Settled.',
    after: close,
  });
  return (
    <Modal opened onClose={close} title="Settle by hand" size="lg">
      <Stack>
        <Text size="sm">
          Look at the hospital first. It was asked to {ASKED[transaction.kind]}, and its answer was lost. Nothing is
          sent: the hub takes over what you have found.
        </Text>
        <Radio.Group
          label="What the hospital shows"
          value={as ?? null}
          onChange={(value) => setAs(value === 'booked' ? 'booked' : 'absent')}
        >
          <Stack gap={6} mt={6}>
            <Radio
              value="booked"
              label="It was done"
              description="The appointment is linked to the one at the hospital."
            />
            <Radio
              value="absent"
              label="It was not done"
              description="The appointment becomes what it was before; whoever asked is told."
            />
          </Stack>
        </Radio.Group>
        {as === 'booked' && (
          <TextInput
            label="Key of the appointment at the hospital"
            required={needsKey}
            value={externalId}
            onChange={(event) => setExternalId(event.currentTarget.value)}
          />
        )}
        <Textarea
          label="How you found out"
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={1000}
        />
        <DialogButtons leave={close}>
          <Button disabled={!isComplete} loading={resolve.isPending} onClick={() => as && resolve.mutate(as)}>
            {as === 'absent' ? 'Settle: not done' : 'Link and settle'}
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
