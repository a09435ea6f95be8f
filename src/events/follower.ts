/**
 * Follows the events by a cursor that is kept: at least once, in order, from where it was left. One process at a time; whoever
 * dies is replaced when its lease ends. A follower that fails waits, longer each time, and holds up nobody but itself.
 */
import { randomUUID } from 'node:crypto';
import { prepared, type Database } from '../db/database.ts';
import { pause, type Log } from '../domain/index.ts';
import { readEvents, type PlacedEvent } from './event.ts';
import { lastPosition } from './order.ts';

export interface Follower {
  /** Names its cursor. */
  readonly name: string;
  /** Whether anybody wants events at all: while nobody does they are passed over, unread. */
  readonly isWanted?: () => Promise<boolean>;
  /** Those of one call are consecutive. What throws comes again, with all of its batch. */
  take(events: readonly PlacedEvent[]): Promise<void>;
}

const BATCH = 500;
const LEASE_MS = 30_000;
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 60_000;

interface Turn {
  readonly position: number;
  /** Where the newest event was, before it was asked whether any is wanted. */
  readonly newest: number;
  readonly failures: number;
}

const LEASE = prepared(`
  update event_cursor set lease_token = $2, lease_until = now() + $3 * interval '1 ms'
  where follower = $1 and (lease_until is null or lease_until < now() or lease_token = $2)
    and (retry_at is null or retry_at <= now()) and position < (select last_position from event_order)
  returning position, failures, (select last_position from event_order) as newest`);

/** A follower that is new begins with what happens from now on. */
export async function openCursor(db: Database, name: string): Promise<void> {
  await db.query('insert into event_cursor (follower, position) values ($1, $2) on conflict do nothing', [
    name,
    await lastPosition(db),
  ]);
}

/** One batch, if it is this process's turn. Returns how many events were taken. */
export async function follow(db: Database, follower: Follower, token: string, log: Log): Promise<number> {
  const [turn] = (await db.query<Turn & Record<string, unknown>>(LEASE, [follower.name, token, LEASE_MS])).rows;
  if (!turn) return 0;
  if (follower.isWanted && !(await follower.isWanted())) {
    await moveOn(db, follower, token, turn.newest);
    return 0;
  }
  const events = await readEvents(db, { after: turn.position, limit: BATCH });
  const last = events.at(-1);
  if (!last) return 0;
  try {
    await follower.take(events);
  } catch (error) {
    if (turn.failures === 0)
      log.error({ follower: follower.name, err: error }, 'a follower of the events gets no further; it tries again');
    const wait = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.min(turn.failures, 10));
    await db.query(
      `update event_cursor set failures = failures + 1, failing_since = coalesce(failing_since, now()),
         retry_at = now() + $3 * interval '1 ms' where follower = $1 and lease_token = $2`,
      [follower.name, token, wait],
    );
    return 0;
  }
  await moveOn(db, follower, token, last.position);
  if (turn.failures > 0) log.info({ follower: follower.name }, 'a follower of the events goes on');
  return events.length;
}

/** Whoever has lost its lease meanwhile leaves the cursor where the other one has it. */
async function moveOn(db: Database, { name }: Follower, token: string, position: number): Promise<void> {
  await db.query(
    `update event_cursor set position = $3, failures = 0, failing_since = null, retry_at = null
     where follower = $1 and lease_token = $2`,
    [name, token, position],
  );
}

const POLL_MS = 200;

/** Follows until stopped. */
export function startFollowing(db: Database, follower: Follower, log: Log): { stop(): Promise<void> } {
  const token = randomUUID();
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    let opened = false;
    while (!stopping.signal.aborted) {
      let taken = 0;
      try {
        if (!opened) await openCursor(db, follower.name);
        opened = true;
        taken = await follow(db, follower, token, log);
      } catch (error) {
        log.warn({ follower: follower.name, err: error }, 'a follower of the events stumbled; it tries again');
      }
      if (taken < BATCH) await pause(POLL_MS, stopping.signal);
    }
    await db
      .query(
        'update event_cursor set lease_token = null, lease_until = null where follower = $1 and lease_token = $2',
        [follower.name, token],
      )
      .catch(() => {});
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
