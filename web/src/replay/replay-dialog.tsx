import { Button, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import type { Transaction } from '../transactions/transaction-columns.tsx';
import { EditReason, type Edit } from './edit-reason.tsx';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface DialogProps {
  readonly transaction: Transaction;
  readonly close: () => void;
}

type Mode = 'same' | 'remap' | 'edited';
const MODES: readonly (readonly [mode: Mode, label: string, help: string])[] = [
  ['same', 'As it was', 'Written by the mapping that it began with.'],
  ['remap', 'With the present mapping', 'Written anew: choose this after the mapping was mended.'],
  ['edited', 'Edited', 'With another reason for the visit. Anything else is a new request of the app.'],
];

export function ReplayDialog({ transaction, close }: DialogProps) {
  const [mode, setMode] = useState<Mode>('same');
  const [edit, setEdit] = useState<Edit>({ reason: undefined, why: '' });
  const isInReview = transaction.state === 'needs_review';
  // What a move asked for is a time, and what may have been done is as it was sent.
  const isEditable = transaction.state === 'failed' && transaction.kind !== 'reschedule';
  const isUnchanged = mode === 'edited' && edit.reason === undefined;
  const replay = useAct({
    act: () =>
      answered(
        api.POST('/v1/transactions/{id}/replay', {
          params: { path: { id: transaction.id } },
          body:
            mode === 'edited'
              ? { mode, payload: { reason: edit.reason?.trim() || null }, ...(edit.why !== '' && { why: edit.why }) }
              : { mode },
        }),
      ),
    done: (result) =>
      result.replayRequest?.state === 'waiting' ? 'It waits for a second person.' : 'It is under way.',
    after: close,
  });
  return (
    <Modal opened onClose={close} title={isInReview ? 'Ask the hospital again' : 'Replay'} size="lg">
      <Stack>
        <Text size="sm">
          {isInReview
            ? 'The hospital is asked first whether it was done. It is sent once more only if it is proved that it was not.'
            : 'It was certainly not done. It is sent once more, under the same transaction id; nothing is ever done twice.'}
        </Text>
        <Radio.Group value={mode} onChange={(value) => setMode(value)} label="How">
          <Stack gap={6} mt={6}>
            {MODES.filter(([value]) => value !== 'edited' || isEditable).map(([value, label, help]) => (
              <Radio key={value} value={value} label={label} description={help} />
            ))}
          </Stack>
        </Radio.Group>
        {mode === 'edited' && <EditReason appointmentId={transaction.appointmentId} edit={edit} change={setEdit} />}
        <DialogButtons leave={close}>
          <Button onClick={() => replay.mutate()} loading={replay.isPending} disabled={isUnchanged}>
            {isInReview ? 'Ask, then send if absent' : 'Replay it'}
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
