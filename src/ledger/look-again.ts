/** Where a HIS is to be looked at again: stretches of starts, kept until somebody has looked. */
import type { Database, Sql } from '../db/database.ts';
import { pollNow, takePoll, type PollLease, DIRECTORY } from './poll.ts';

/** Windows are of starts: that of one slot, and nothing that matters beside it. */
const ONE_START = `interval '1 minute'`;
/** A HIS that is late with its own list would else be asked about everything. */
const CONTESTED_MAX = 50;
const FAILED_PAUSE_MS = 500;
const FAILED_PAUSE_MAX_MS = 60_000;
/** The poll of those days has come and gone by then. */
const GIVEN_UP_AFTER = `interval '30 minutes'`;

export interface Look {
  /** RFC 3339 instants, [from, to). */
  readonly from: string;
  readonly to: string;
  /** Grows with each time that it is asked for. */
  readonly asks: number;
}

/** The shape is adapter-kit's PushedChange. */
export type Changed =
  | {
      readonly kind: 'slot' | 'appointment';
      readonly externalId: string;
      readonly start?: string;
      readonly now?: 'free' | 'taken';
    }
  | { readonly kind: 'directory' }
  | { readonly kind: 'anything' };

const ASK = `insert into look_again (connection_id, from_at, to_at)
  select distinct $1::uuid, at, at + ${ONE_START} from (%) as wanted (at) where at > now()
  on conflict (connection_id, from_at, to_at) do update set asked_at = now(), asks = look_again.asks + 1, due_at = now(), failures = 0`;

const ask = async (tx: Sql, starts: string, values: readonly unknown[]): Promise<void> => {
  await tx.query(
    ASK.replace('%', () => starts),
    values,
  );
};

/** What neither the hub nor the push can place in time is read with everything else. */
export async function askAboutChanges(tx: Sql, connectionId: string, changes: readonly Changed[]): Promise<void> {
  const placed = await placesOf(tx, connectionId, changes);
  const starts = placed.flatMap((each) => each ?? []);
  if (starts.length > 0) await ask(tx, 'select unnest($2::timestamptz[])', [connectionId, starts]);
  if (placed.includes(undefined)) await pollNow(tx, connectionId);
  else if (changes.some(({ kind }) => kind === 'directory')) await pollDirectoryNow(tx, connectionId);
}

interface Known {
  readonly index: number;
  readonly startAt: string | null;
  readonly isFree: boolean | null;
}

/** Of each change where to look: at no place, when it is no news; undefined: nobody knows. */
async function placesOf(
  tx: Sql,
  connectionId: string,
  changes: readonly Changed[],
): Promise<(readonly string[] | undefined)[]> {
  const things = changes.map((each, index) => ({ index, ...each }));
  const found = await tx.query<Known & Record<string, unknown>>(
    `select c.index, s.start_at as "startAt", s.status = 'free' as "isFree"
     from jsonb_to_recordset($2) as c (index int, kind text, "externalId" text)
     join slot s on c.kind = 'slot' and s.connection_id = $1 and s.external_id = c."externalId"
     union all
     select c.index, a.start_at, null from jsonb_to_recordset($2) as c (index int, kind text, "externalId" text)
     join appointment a on c.kind = 'appointment' and a.connection_id = $1 and a.external_id = c."externalId"`,
    [connectionId, JSON.stringify(things)],
  );
  const known = new Map(found.rows.map((row) => [row.index, row]));
  return changes.map((change, index) => placesOfOne(change, known.get(index)));
}

function placesOfOne(change: Changed, known: Known | undefined): readonly string[] | undefined {
  if (change.kind === 'directory') return [];
  if (change.kind === 'anything') return undefined;
  const { start, now } = change;
  const isElsewhere = start !== undefined && known?.startAt != null && Date.parse(start) !== Date.parse(known.startAt);
  // What the hub has taken itself, or never saw offered, is no news when it is taken; nor what it offers, when it is free.
  if (known ? known.isFree === (now === 'free') && now !== undefined && !isElsewhere : now === 'taken') return [];
  const places = [known?.startAt, start].flatMap((each) => each ?? []);
  return places.length === 0 ? undefined : places;
}

async function pollDirectoryNow(tx: Sql, connectionId: string): Promise<void> {
  await tx.query('update poll_band set due_at = now() where connection_id = $1 and until_days = $2', [
    connectionId,
    DIRECTORY,
  ]);
}

/** Slots that the HIS offers while an appointment of the hub has them, since before `begunAt`. */
export async function askAboutContested(
  tx: Sql,
  connectionId: string,
  slotIds: readonly string[],
  begunAt: string,
): Promise<void> {
  if (slotIds.length === 0) return;
  await ask(
    tx,
    `select a.start_at from unnest($2::uuid[]) as wanted (slot_id)
       cross join lateral (
         select a.* from slot_claim c join appointment a on a.id = c.appointment_id where c.slot_id = wanted.slot_id limit 1) a
     where a.connection_id = $1 and a.status in ('booked', 'arrived') and a.updated_at < $3
     order by a.start_at limit ${CONTESTED_MAX}`,
    [connectionId, slotIds, begunAt],
  );
}

/** Leases active connections that are to be looked at, one after the other, at most `limit`. */
export async function takeDueLooks(db: Database, limit: number, leaseMs: number): Promise<PollLease[]> {
  const due = await db.query<{ id: string }>(
    `select l.connection_id as id from look_again l join connection c on c.id = l.connection_id
     where l.due_at <= now() and c.state = 'active'
       and not exists (select 1 from poll p where p.connection_id = c.id and p.lease_until >= now())
     group by 1 order by min(l.due_at) limit $1`,
    [Math.max(0, limit)],
  );
  const leases: PollLease[] = [];
  for (const { id } of due.rows) {
    const lease = await takePoll(db, id, leaseMs);
    if (lease) leases.push(lease);
  }
  return leases;
}

/** What is due, ascending. */
export async function dueLooks(sql: Sql, connectionId: string): Promise<Look[]> {
  const found = await sql.query<Look & Record<string, unknown>>(
    `select from_at as "from", to_at as "to", asks from look_again
     where connection_id = $1 and due_at <= now() order by from_at limit 200`,
    [connectionId],
  );
  return found.rows;
}

/** Looked at. What was asked for again meanwhile stays. */
export async function endLooks(tx: Sql, connectionId: string, looks: readonly Look[]): Promise<void> {
  await tx.query(
    `delete from look_again l using jsonb_to_recordset($2) as done ("from" timestamptz, "to" timestamptz, asks integer)
     where l.connection_id = $1 and l.from_at = done."from" and l.to_at = done."to" and l.asks = done.asks`,
    [connectionId, JSON.stringify(looks)],
  );
}

/** Again soon, and ever later; in the end the polls do. */
export async function postponeLooks(sql: Sql, connectionId: string): Promise<void> {
  await sql.query(`delete from look_again where connection_id = $1 and asked_at < now() - ${GIVEN_UP_AFTER}`, [
    connectionId,
  ]);
  await sql.query(
    `update look_again set failures = failures + 1,
       due_at = now() + least($2::float8, $3::float8 * power(2, least(failures, 20))) * interval '1 ms'
     where connection_id = $1 and due_at <= now()`,
    [connectionId, FAILED_PAUSE_MAX_MS, FAILED_PAUSE_MS],
  );
}
