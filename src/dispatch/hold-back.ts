/** When nothing may be sent on a connection, its transactions are parked: no attempt is burnt, no retry used up. */
import type { Ledger } from '../ledger/settle.ts';
import { parkTransaction } from '../ledger/park.ts';
import type { OpenConnection } from '../connections/open-connections.ts';

/**
 * Whoever ends the pause (a person, the prober) wakes what waits; this is only how often it looks by itself, in case that
 * its waking was lost.
 */
export const LOOK_MS = 60_000;

export function whyHeldBack({ connection, state, reason }: OpenConnection): string | undefined {
  if (state === 'paused') return 'paused';
  if (state === 'parked') return reason ?? 'parked';
  if (connection.breakerOpen) return 'breaker-open';
  const now = Date.now();
  const closed = connection.row.policy.maintenance?.some(
    ({ from, to }) => Date.parse(from) <= now && now < Date.parse(to),
  );
  return closed ? 'maintenance' : undefined;
}

export async function holdBack(
  ledger: Ledger,
  transactionId: string,
  open: OpenConnection,
  reason: string,
): Promise<void> {
  const { maintenance = [] } = open.connection.row.policy;
  const now = Date.now();
  const opensAt = maintenance.find(({ from, to }) => Date.parse(from) <= now && now < Date.parse(to))?.to;
  const dueAt = reason === 'maintenance' && opensAt ? opensAt : new Date(now + LOOK_MS).toISOString();
  await parkTransaction(ledger, transactionId, dueAt, reason);
}
