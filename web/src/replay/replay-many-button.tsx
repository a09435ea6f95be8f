import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMay } from '../api/may.ts';
import { isReplayable, type TransactionSearch } from '../transactions/filter.ts';
import { PlanDialog } from './plan-dialog.tsx';

/** For lists of what can be replayed at all. */
export function ReplayManyButton({ search }: { readonly search: TransactionSearch }) {
  const [opened, { open, close }] = useDisclosure(false);
  const may = useMay('createReplayPlan');
  if (!may || !isReplayable(search.state)) return null;
  return (
    <>
      <Button onClick={open}>Replay these …</Button>
      <PlanDialog search={search} opened={opened} close={close} />
    </>
  );
}
