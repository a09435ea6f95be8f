import { Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import { UNASKED_MAX, type Plan } from './plan-words.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

/** Run, pause, go on, cancel: whatever the plan allows now. */
export function PlanActions({ plan }: { readonly plan: Plan }) {
  const [opened, { open, close }] = useDisclosure(false);
  const may = useMay('runReplayPlan');
  const path = { params: { path: { id: plan.id } } };
  const run = useAct({
    act: () => answered(api.POST('/v1/replay-plans/{id}/run', path)),
    done: 'It runs.',
    after: close,
  });
  const pause = useAct({
    act: () => answered(api.POST('/v1/replay-plans/{id}/pause', path)),
    done: 'Nothing more is sent until it goes on.',
  });
  const cancel = useAct({
    act: () => answered(api.POST('/v1/replay-plans/{id}/cancel', path)),
    done: 'Ended. What was not sent stays as it was.',
  });
  if (!may || plan.state === 'cancelled' || plan.state === 'finished') return null;
  const isStart = plan.state === 'planned';
  return (
    <>
      {plan.state === 'running' ? (
        <Button variant="default" onClick={() => pause.mutate()} loading={pause.isPending}>
          Pause
        </Button>
      ) : (
        <Button onClick={isStart ? open : () => run.mutate()} loading={run.isPending && !opened}>
          {isStart ? 'Run …' : 'Go on'}
        </Button>
      )}
      <Button variant="default" color="red" onClick={() => cancel.mutate()} loading={cancel.isPending}>
        {isStart ? 'Discard' : 'Cancel the rest'}
      </Button>
      <ConfirmRun plan={plan} opened={opened} close={close} run={() => run.mutate()} isRunning={run.isPending} />
    </>
  );
}

interface ConfirmRunProps {
  readonly plan: Plan;
  readonly opened: boolean;
  readonly close: () => void;
  readonly run: () => void;
  readonly isRunning: boolean;
}

function ConfirmRun({ plan, opened, close, run, isRunning }: ConfirmRunProps) {
  const [typed, setTyped] = useState('');
  const mustType = plan.count > UNASKED_MAX;
  const seconds = Math.ceil(plan.count / plan.ratePerSecond);
  return (
    <Modal opened={opened} onClose={close} title={`Replay ${plan.count.toLocaleString('en')} transactions?`}>
      <Stack>
        <Text size="sm">
          {plan.predicted['will-create'].toLocaleString('en')} will be done at the hospital; the others are skipped or
          refused. It takes {seconds} s or more, and can be paused.
        </Text>
        {mustType && (
          <TextInput
            label={`Type ${plan.count} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputMode="numeric"
            data-autofocus
          />
        )}
        <DialogButtons leave={close}>
          <Button onClick={run} loading={isRunning} disabled={mustType && typed.trim() !== String(plan.count)}>
            Run it
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
