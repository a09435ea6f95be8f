/** When nothing may be sent on a connection, its transactions are parked: no attempt is burnt, no retry used up. */
import type { Ledger } from '../ledger/settle.ts';
import { parkTransaction } from '../ledger/park.ts';
import type { OpenConnection } from '../connections/open-connections.ts';

/** A paused connection is resumed by a person, who wakes its transactions; this is only how often they look by themselves. */
const PAUSED_LOOK_MS = 60_000;

export function whyHeldBack({ connection, state, probeAt }: OpenConnection): string | undefined {
  if (state === 'paused') return 'paused';
  if (state === 'parked' && probeAt && Date.parse(probeAt) > Date.now()) return 'credentials-refused';
  return connection.breakerOpen ? 'breaker-open' : undefined;
}

export async function holdBack(
  ledger: Ledger,
  transactionId: string,
  open: OpenConnection,
  reason: string,
): Promise<void> {
  const { breakerResetMs } = open.connection.row.policy;
  const dueMs = { paused: Date.now() + PAUSED_LOOK_MS, 'credentials-refused': Date.parse(open.probeAt ?? '') }[reason];
  await parkTransaction(ledger, transactionId, new Date(dueMs ?? Date.now() + breakerResetMs).toISOString(), reason);
}
