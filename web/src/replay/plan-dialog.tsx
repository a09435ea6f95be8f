import { Button, Modal, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useAct } from '../kit/use-act.ts';
import { queryOf, type TransactionSearch } from '../transactions/filter.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface PlanDialogProps {
  readonly search: TransactionSearch;
  readonly opened: boolean;
  readonly close: () => void;
}

/** Makes a plan of what fits the filters now, and goes there. Nothing is sent by this. */
export function PlanDialog({ search, opened, close }: PlanDialogProps) {
  const navigate = useNavigate();
  const [mode, setMode] = useState<'same' | 'remap'>('same');
  const [ratePerSecond, setRate] = useState(10);
  const plan = useAct({
    act: () => answered(api.POST('/v1/replay-plans', { body: { filter: queryOf(search), mode, ratePerSecond } })),
    done: (made) => `A plan of ${made.count}. Nothing was sent yet.`,
    after: (made) => void navigate({ to: '/replays/$id', params: { id: made.id } }),
  });
  return (
    <Modal opened={opened} onClose={close} title="Plan a replay of many">
      <Stack>
        <Text size="sm">
          All that fits the filters now becomes a plan: what comes later is not in it. You see what it would do before
          anything is sent.
        </Text>
        <SegmentedControl
          value={mode}
          onChange={(value) => setMode(value === 'remap' ? 'remap' : 'same')}
          data={[
            { value: 'same', label: 'As they were' },
            { value: 'remap', label: 'With the present mapping' },
          ]}
        />
        <NumberInput
          label="At most so many a second"
          description="The limits of the connection hold beside it."
          min={1}
          max={500}
          value={ratePerSecond}
          onChange={(value) => setRate(Number(value) || 1)}
        />
        <DialogButtons leave={close}>
          <Button onClick={() => plan.mutate()} loading={plan.isPending}>
            Show the plan
          </Button>
        </DialogButtons>
      </Stack>
    </Modal>
  );
}
