/** All of a HIS at once: locations, providers and free slots flow into the model. */
import { setTimeout as delay } from 'node:timers/promises';
import { pollPlan } from '../domain/index.ts';
import { bandsDone, keepBands, takePoll, wholeWindow, type PollLease } from '../ledger/poll.ts';
import { POLL_LEASE_MS, underLease, writing } from './hold-lease.ts';
import { readDirectory, readSlots, type ReadingParts, type Window } from './read-his.ts';
import { writeSlots } from './write-slots.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 100;

export interface Synchronised {
  readonly locations: number;
  readonly providers: number;
  readonly slots: number;
  readonly vanished: number;
}

/** Waits while somebody else reads the HIS. Throws NotRead when it cannot be read; what was read until then is kept. */
export async function synchronise(parts: ReadingParts, connectionId: string): Promise<Synchronised> {
  const { db, log } = parts;
  const begunMs = performance.now();
  const lease = await takeReader(parts, connectionId);
  return underLease(db, lease, async () => {
    const { connection } = await parts.connections.get(connectionId);
    const plan = pollPlan(connection.row.policy);
    await keepBands(db, connectionId, plan, connection.connector.findSlots !== undefined);
    const { locations, providers } = await readDirectory(parts, connection);
    const counts = { locations, providers, slots: 0, vanished: 0 };
    if (connection.connector.findSlots) {
      for (const window of pagesOf(wholeWindow(plan, await databaseNow(db)), plan.pageDays)) {
        const begunAt = await databaseNow(db);
        const reading = await readSlots(parts, connection, window);
        const written = await writing(db, lease, (tx) => writeSlots(tx, connection, window, { ...reading, begunAt }));
        counts.slots += written.kept;
        counts.vanished += written.vanished;
      }
    }
    await writing(db, lease, (tx) => bandsDone(tx, connectionId, plan));
    log.info(
      { connectionId, ...counts, durationMs: Math.round(performance.now() - begunMs) },
      `connection ${connection.row.key} synchronised`,
    );
    return counts;
  });
}

async function takeReader({ db }: ReadingParts, connectionId: string): Promise<PollLease> {
  for (;;) {
    const lease = await takePoll(db, connectionId, POLL_LEASE_MS);
    if (lease) return lease;
    await delay(LOOK_MS);
  }
}

/** Windows of so many days each. */
export function pagesOf({ from, to }: Window, days: number): Window[] {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: Math.ceil((end - begin) / (days * DAY_MS)) }, (_, nth) => ({
    from: new Date(begin + nth * days * DAY_MS).toISOString(),
    to: new Date(Math.min(begin + (nth + 1) * days * DAY_MS, end)).toISOString(),
  }));
}

/** RFC 3339. */
export async function databaseNow(db: ReadingParts['db']): Promise<string> {
  const { rows } = await db.query<{ now: string }>('select clock_timestamp() as now');
  const [row] = rows;
  if (!row) throw new Error('the database does not tell the time');
  return row.now;
}
