/** Who reads a HIS, what is due, and how far it was read: in the database, so that a process that dies is followed by another. */
import { randomUUID } from 'node:crypto';
import type { PollPlan } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';

/** The band of providers and locations. */
export const DIRECTORY = 0;
const FAILED_PAUSE_MS = 1_000;
const FAILED_PAUSE_MAX_MS = 60_000;
const DAY_MS = 86_400_000;

export interface PollLease {
  readonly connectionId: string;
  readonly token: string;
}

export interface DueBand {
  readonly untilDays: number;
  /** The band's whole window; RFC 3339 instants [from, to). Of the directory both are the same. */
  readonly from: string;
  readonly to: string;
  /** The present moment, by the clock of the database. */
  readonly now: string;
}

/** Connections of these adapters are read from now on. */
export async function beginPolling(sql: Sql, adapters: readonly string[]): Promise<void> {
  await sql.query(
    `with begun as (
       insert into poll (connection_id) select c.id from connection c
       where c.managed_by = 'his' and c.adapter = any($1) and not exists (select 1 from poll p where p.connection_id = c.id)
       on conflict do nothing returning connection_id)
     insert into poll_band (connection_id, until_days) select connection_id, ${DIRECTORY} from begun on conflict do nothing`,
    [adapters],
  );
}

/** Whoever changes several bands of a connection takes all of them first, in this order: so of two none waits for the other's. */
const IN_ORDER =
  'select connection_id, until_days from poll_band where connection_id = $1 order by until_days for update';

/** Everything of this connection is due at once. */
export async function pollNow(sql: Sql, connectionId: string): Promise<void> {
  await sql.query(
    `update poll_band b set due_at = now() from (${IN_ORDER}) o
     where b.connection_id = o.connection_id and b.until_days = o.until_days`,
    [connectionId],
  );
}

const IS_FREE = '(p.lease_until is null or p.lease_until < now())';

/** Leases active connections where something is due to be read; nobody else reads them meanwhile. */
export async function takeDuePolls(db: Database, limit: number, leaseMs: number): Promise<PollLease[]> {
  const taken = await db.query<{ connection_id: string; lease_token: string }>(
    `update poll set lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 ms'
     where connection_id in (
       select p.connection_id from poll p join connection c on c.id = p.connection_id
       where c.state = 'active' and ${IS_FREE}
         and exists (select 1 from poll_band b where b.connection_id = p.connection_id and b.due_at <= now())
       limit $1 for update of p skip locked)
     returning connection_id, lease_token`,
    [limit, leaseMs],
  );
  return taken.rows.map((row) => ({ connectionId: row.connection_id, token: row.lease_token }));
}

/** Undefined while somebody else reads the HIS. */
export async function takePoll(sql: Sql, connectionId: string, leaseMs: number): Promise<PollLease | undefined> {
  const token = randomUUID();
  const taken = await sql.query(
    `insert into poll as p (connection_id, lease_token, lease_until) values ($1, $2, now() + $3 * interval '1 ms')
     on conflict (connection_id) do update set lease_token = excluded.lease_token, lease_until = excluded.lease_until
     where ${IS_FREE}`,
    [connectionId, token, leaseMs],
  );
  return taken.rowCount === 1 ? { connectionId, token } : undefined;
}

/** False: the lease was lost, and nothing that was read may be written any more. Locks the row until the transaction ends. */
export async function stillReads(tx: Sql, { connectionId, token }: PollLease): Promise<boolean> {
  const found = await tx.query('select 1 from poll where connection_id = $1 and lease_token = $2 for update', [
    connectionId,
    token,
  ]);
  return found.rowCount === 1;
}

/** Until the transaction ends nothing that was read of the HIS is written; what was is committed. */
export async function holdReading(tx: Sql, connectionId: string): Promise<void> {
  await tx.query('select 1 from poll where connection_id = $1 for update', [connectionId]);
}

export async function endPoll(sql: Sql, { connectionId, token }: PollLease): Promise<void> {
  await sql.query(
    'update poll set lease_token = null, lease_until = null where connection_id = $1 and lease_token = $2',
    [connectionId, token],
  );
}

/** The bands of a plan, those that are new due at once. */
export async function keepBands(sql: Sql, connectionId: string, plan: PollPlan, readsSlots: boolean): Promise<void> {
  const bands = [DIRECTORY, ...(readsSlots ? plan.bands.map((band) => band.untilDays) : [])];
  await sql.query(
    `with gone as (delete from poll_band where connection_id = $1 and until_days <> all($2::int[]))
     insert into poll_band (connection_id, until_days) select $1, unnest($2::int[]) on conflict do nothing`,
    [connectionId, bands],
  );
}

/** The band that is most due, with what is left to read of its window. */
export async function dueBand(sql: Sql, connectionId: string, plan: PollPlan): Promise<DueBand | undefined> {
  const found = await sql.query<{
    until_days: number;
    cursor_at: string | null;
    window_to: string | null;
    now: string;
  }>(
    `select until_days, cursor_at, window_to, clock_timestamp() as now from poll_band
     where connection_id = $1 and due_at <= now() order by until_days limit 1`,
    [connectionId],
  );
  const [row] = found.rows;
  return row && { untilDays: row.until_days, ...windowOf(row, plan), now: row.now };
}

function windowOf(
  row: { until_days: number; cursor_at: string | null; window_to: string | null; now: string },
  { bands }: PollPlan,
): { readonly from: string; readonly to: string } {
  if (row.cursor_at !== null && row.window_to !== null) return { from: row.cursor_at, to: row.window_to };
  const nearer = bands.findLast((band) => band.untilDays < row.until_days)?.untilDays ?? 0;
  const at = (days: number): string => new Date(Date.parse(row.now) + days * DAY_MS).toISOString();
  return { from: at(Math.min(nearer, row.until_days)), to: at(row.until_days) };
}

/** Every window of the plan at once, for whoever reads all of it. */
export const wholeWindow = ({ bands }: PollPlan, now: string): { readonly from: string; readonly to: string } => ({
  from: now,
  to: new Date(Date.parse(now) + (bands.at(-1)?.untilDays ?? 0) * DAY_MS).toISOString(),
});

/** What starts before `readTo` was read. `pauseMs`: what the limiter asks for before the next page. */
export async function advanceBand(
  tx: Sql,
  connectionId: string,
  band: DueBand,
  readTo: string,
  next: { readonly everyMs: number; readonly pauseMs: number },
): Promise<void> {
  const isDone = Date.parse(readTo) >= Date.parse(band.to);
  await tx.query(IN_ORDER, [connectionId]);
  await tx.query(
    isDone
      ? `update poll_band set cursor_at = null, window_to = null, failures = 0, done_at = now(),
           due_at = now() + $3 * interval '1 ms' where connection_id = $1 and until_days = $2`
      : `update poll_band set cursor_at = $4, window_to = $5, failures = 0, due_at = now() + $3 * interval '1 ms'
         where connection_id = $1 and until_days = $2`,
    isDone
      ? [connectionId, band.untilDays, Math.max(next.everyMs, next.pauseMs)]
      : [connectionId, band.untilDays, next.pauseMs, readTo, band.to],
  );
  // The pause is of the HIS, not of the band.
  await tx.query(
    `update poll_band set due_at = greatest(due_at, now() + $2 * interval '1 ms') where connection_id = $1`,
    [connectionId, next.pauseMs],
  );
  if (isDone) await markSynchronised(tx, connectionId);
}

/** All of it was read just now. */
export async function bandsDone(tx: Sql, connectionId: string, plan: PollPlan): Promise<void> {
  await tx.query(IN_ORDER, [connectionId]);
  await tx.query(
    `update poll_band b set cursor_at = null, window_to = null, failures = 0, done_at = now(),
       due_at = now() + coalesce((select e.ms from unnest($2::int[], $3::float8[]) as e (days, ms) where e.days = b.until_days), $4)
         * interval '1 ms'
     where connection_id = $1`,
    [connectionId, plan.bands.map((band) => band.untilDays), plan.bands.map((band) => band.everyMs), plan.directoryMs],
  );
  await markSynchronised(tx, connectionId);
}

/** A connection is as far as the band that lags most. */
async function markSynchronised(tx: Sql, connectionId: string): Promise<void> {
  await tx.query(
    `update connection c set synchronised_at = b.oldest
     from (select min(done_at) filter (where until_days > 0 or bands = 1) as oldest, bool_and(done_at is not null) as complete
       from (select *, count(*) over () as bands from poll_band where connection_id = $1) every) b
     where c.id = $1 and b.complete`,
    [connectionId],
  );
}

/** It could not be read: again soon, and ever later while it goes on. */
export async function postponeBand(sql: Sql, connectionId: string, band: DueBand, everyMs: number): Promise<void> {
  await sql.query(
    `update poll_band set failures = failures + 1,
       due_at = now() + least($3::float8, $4::float8, $5::float8 * power(2, least(failures, 20))) * interval '1 ms'
     where connection_id = $1 and until_days = $2`,
    [connectionId, band.untilDays, everyMs, FAILED_PAUSE_MAX_MS, FAILED_PAUSE_MS],
  );
}

export async function renewPoll(sql: Sql, { connectionId, token }: PollLease, leaseMs: number): Promise<void> {
  await sql.query(
    `update poll set lease_until = now() + $3 * interval '1 ms' where connection_id = $1 and lease_token = $2`,
    [connectionId, token, leaseMs],
  );
}
