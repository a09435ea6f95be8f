/** Keeps the rows of `slot` in step with the rules of hub-managed schedules. */
import { newId } from '../db/new-id.ts';
import type { Schedule } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { slotsOf, withoutExceptions } from './schedule-intervals.ts';

const DAY_MS = 86_400_000;
/** How far ahead slots are offered. */
const WINDOW_DAYS = 90;
const BATCH = 100;

export interface MaterialisationWindow {
  readonly from: Date;
  readonly to: Date;
}

export function windowFromNow(): MaterialisationWindow {
  const now = Date.now();
  return { from: new Date(now), to: new Date(now + WINDOW_DAYS * DAY_MS) };
}

/** One row of `slot` that the rules give. */
interface Seat {
  readonly locationId: string;
  readonly start: number;
  readonly end: number;
  readonly mode: string;
  readonly seat: number;
}

/**
 * Makes the provider's slots in the window those that its rules give: inserts what is missing, and takes away what is free,
 * unheld and no longer given. Slots that are booked, held or blocked stay until they are given back, withdrawn; slots made singly
 * stay as they are. The caller holds the provider's row.
 */
export async function materialiseSchedule(
  tx: Sql,
  providerId: string,
  { from, to }: MaterialisationWindow,
): Promise<void> {
  const found = await tx.query<{ schedule: Schedule; zones: Record<string, string> }>(
    `select p.schedule, (select coalesce(jsonb_object_agg(l.id, l.time_zone), '{}') from location l
       where l.connection_id = p.connection_id) as zones
     from provider p where p.id = $1`,
    [providerId],
  );
  const [row] = found.rows;
  if (!row) throw new Error(`provider ${providerId} does not exist`);
  const seats = seatsOf(row.schedule, new Map(Object.entries(row.zones)), { from, to });
  const columns = [
    seats.map((each) => each.locationId),
    seats.map((each) => new Date(each.start).toISOString()),
    seats.map((each) => new Date(each.end).toISOString()),
    seats.map((each) => each.mode),
    seats.map((each) => each.seat),
  ];
  await takeAway(tx, providerId, { from, to }, columns);
  await tx.query(GIVE_AGAIN, [providerId, ...columns]);
  await tx.query(INSERT_MISSING, [providerId, ...columns, seats.map(() => newId())]);
}

/** All seats of all slots that begin in the window. Throws an Error when a rule names a location without a zone. */
export function seatsOf(
  schedule: Schedule,
  zones: ReadonlyMap<string, string>,
  { from, to }: MaterialisationWindow,
): Seat[] {
  return schedule.rules.flatMap((rule) => {
    const zone = zones.get(rule.locationId);
    if (zone === undefined)
      throw new Error(`a rule names location ${rule.locationId}, which is not of the provider's connection`);
    const slots = withoutExceptions(
      slotsOf(rule, zone, { start: from.getTime(), end: to.getTime() }),
      schedule.exceptions,
    );
    return slots.flatMap((slot) =>
      Array.from({ length: rule.capacity }, (_, index) => ({
        ...slot,
        locationId: rule.locationId,
        mode: rule.mode,
        seat: index + 1,
      })),
    );
  });
}

const GIVEN = `unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::smallint[])
  as given (location_id, start_at, end_at, mode, seat)`;
const IS_GIVEN = `given.start_at = s.start_at and given.end_at = s.end_at and given.seat = s.seat
  and given.location_id = s.location_id and given.mode = s.mode`;

/**
 * Taken away is not deleted: a cancelled appointment, or the ledger, may still speak of the slot. It leaves the schedule
 * (hub_managed false, so that another slot may take its time) and is out of service for good.
 */
async function takeAway(
  tx: Sql,
  providerId: string,
  window: MaterialisationWindow,
  columns: readonly unknown[][],
): Promise<void> {
  // Locked first, looked at for claims after: whoever booked in between has committed by then, or will find the slot gone.
  // `no key`, as for the provider's row: whoever refers to a row only (a booking does, with another row locked) need not wait for it.
  const found = await tx.query<{ id: string }>(
    `select s.id from slot s
     where s.provider_id = $1 and s.hub_managed and s.start_at >= $7 and s.start_at < $8 and not s.details ? 'single'
       and not exists (select 1 from ${GIVEN} where ${IS_GIVEN})
     order by s.id for no key update of s`,
    [providerId, ...columns, window.from.toISOString(), window.to.toISOString()],
  );
  if (found.rows.length === 0) return;
  const superfluous = found.rows.map((each) => each.id);
  await tx.query(
    `update slot s set status = 'blocked', hub_managed = false, as_of = now()
     where s.id = any($1::uuid[]) and s.status = 'free' and (s.held_until is null or s.held_until <= now())
       and not exists (select 1 from slot_claim c where c.slot_id = s.id)`,
    [superfluous],
  );
  await tx.query('update slot set withdrawn = true where id = any($1::uuid[]) and hub_managed and not withdrawn', [
    superfluous,
  ]);
}

const GIVE_AGAIN = `update slot s set withdrawn = false from ${GIVEN}
  where s.provider_id = $1 and s.hub_managed and s.withdrawn and ${IS_GIVEN}`;

// A slot that overlaps another one differently (an old one that is booked, or one made singly) is left out with all its seats:
// seats of one slot run side by side, but the provider cannot begin the next in the middle of one.
const INSERT_MISSING = `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode,
    status, seat, hub_managed)
  select given.id, p.organization_id, p.connection_id, p.id, given.location_id, given.start_at, given.end_at, given.mode,
    'free', given.seat, true
  from provider p, unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::smallint[], $7::uuid[])
    as given (location_id, start_at, end_at, mode, seat, id)
  where p.id = $1 and not exists (select 1 from slot o
    where o.provider_id = $1 and o.hub_managed and tstzrange(o.start_at, o.end_at) && tstzrange(given.start_at, given.end_at)
      and (o.seat = given.seat or o.start_at <> given.start_at or o.end_at <> given.end_at or o.location_id <> given.location_id))
  on conflict do nothing`;

/**
 * Carries every hub-managed schedule on to the end of the window; to be called once a day. One database transaction per
 * provider; one that fails does not keep the others waiting. Returns how many were done. Throws an AggregateError of the failures.
 */
export async function extendSchedules(db: Database): Promise<number> {
  const failures: unknown[] = [];
  let done = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const batch = await db.query<{ id: string }>(
      `select p.id from provider p join connection c on c.id = p.connection_id
       where c.managed_by = 'hub' and p.schedule -> 'rules' <> '[]' and p.id > $1 order by p.id limit ${BATCH}`,
      [after],
    );
    const last = batch.rows.at(-1);
    if (!last) break;
    after = last.id;
    for (const { id } of batch.rows) {
      try {
        await db.transaction(async (tx) => {
          await tx.query('select 1 from provider where id = $1 for no key update', [id]);
          await materialiseSchedule(tx, id, windowFromNow());
        });
        done += 1;
      } catch (cause) {
        failures.push(new Error(`the schedule of provider ${id} was not extended`, { cause }));
      }
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${done + failures.length} schedules were not extended`);
  return done;
}
