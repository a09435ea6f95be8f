/**
 * Finds out whether a parked connection works again, by a harmless read: what waits for it is a patient's booking, and no
 * booking is made to find out whether booking works. Of all processes one asks at a time.
 */
import { newId } from '../db/new-id.ts';
import type { Connections } from '../connections/open-connections.ts';
import { makeCall } from '../connections/make-call.ts';
import { repeat, type Log, type Policy, type Repeated } from '../domain/index.ts';
import { takeProbe, unparkConnection } from '../ledger/connection-state.ts';
import type { Ledger } from '../ledger/settle.ts';

const LOOK_MS = 250;

export interface ProberParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly log: Log;
}

/** Asks for every parked connection whose time has come. */
export async function probeParked(parts: ProberParts): Promise<void> {
  const { ledger, log } = parts;
  for (const connectionId of await takeProbe(ledger.db)) {
    const well = await isWell(parts, connectionId);
    log.info(
      { connectionId, well },
      well ? 'the HIS answers again: what waited is sent' : 'the HIS does not answer yet',
    );
    if (!well) continue;
    await ledger.db.transaction((tx) => unparkConnection(tx, ledger.queue, connectionId));
  }
}

/** Probes now and then, until stopped. */
export const startProber = (parts: ProberParts): Repeated =>
  repeat(() => probeParked(parts), {
    everyMs: LOOK_MS,
    firstAfterMs: LOOK_MS,
    onError: (error) => parts.log.warn({ err: error }, 'probing failed; tried again soon'),
  });

async function isWell({ connections, log }: ProberParts, connectionId: string): Promise<boolean> {
  const { connection } = await connections.get(connectionId);
  const { connector, row } = connection;
  const policy: Policy = row.policy;
  // Nothing can be read there (the hub's own book, say): the next call decides.
  if (!connector.check) return true;
  const made = await makeCall<boolean>(
    { operation: 'probe', connection, transactionId: newId(), attempt: 1, deadlineMs: policy.readDeadlineMs, log },
    async (call) => {
      for await (const { step, ok, isAtWork } of connector.check?.(call) ?? []) {
        // A HIS that knows no such question is asked another one by the next call.
        if (!ok) return isAtWork ?? false;
        if (step === 'read') return true;
      }
      return true;
    },
    () => false,
  );
  return made.value;
}
