import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMay } from '../api/may.ts';
import type { Transaction } from '../transactions/transaction-columns.tsx';
import { ReleaseDialog } from './release-dialog.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { ResolveDialog } from './resolve-dialog.tsx';

interface ReplayActionsProps {
  readonly transaction: Transaction;
  /** For the rows of a list. */
  readonly isSmall?: boolean;
}

/** What can be done about a transaction, by whom. What the hub would refuse is not offered. */
export function ReplayActions({ transaction, isSmall = false }: ReplayActionsProps) {
  const [replays, replay] = useDisclosure(false);
  const [resolves, resolve] = useDisclosure(false);
  const [releases, release] = useDisclosure(false);
  const [mayReplay, mayResolve, mayRelease] = [
    useMay('replayTransaction'),
    useMay('resolveTransaction'),
    useMay('releaseAppointment'),
  ];
  const size = isSmall ? 'compact-xs' : 'xs';
  const { state, kind, releasedAt } = transaction;
  const isInReview = state === 'needs_review';
  const isReleasable = isInReview && kind !== 'book' && (releasedAt === null || releasedAt === undefined);
  return (
    <>
      {mayReplay && (state === 'failed' || isInReview) && (
        <Button size={size} variant={isSmall ? 'light' : 'filled'} onClick={replay.open}>
          {isInReview ? 'Ask the hospital again' : 'Replay'}
        </Button>
      )}
      {mayResolve && isInReview && (
        <Button size={size} variant="default" onClick={resolve.open}>
          Settle by hand
        </Button>
      )}
      {mayRelease && isReleasable && (
        <Button size={size} variant="default" onClick={release.open}>
          Go on past it
        </Button>
      )}
      {replays && <ReplayDialog transaction={transaction} close={replay.close} />}
      {resolves && <ResolveDialog transaction={transaction} close={resolve.close} />}
      {releases && <ReleaseDialog transaction={transaction} close={release.close} />}
    </>
  );
}
