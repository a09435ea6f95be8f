/** Free slots of one provider: the question that is asked most, in one statement that Postgres plans once. */
import { isId, notFound, type Caller, type Mode, type Slot } from '../domain/index.ts';
import { prepared, type Sql } from '../db/database.ts';
import { atLocationsOf } from '../identity/visible-locations.ts';
import { badCursor, readPage, type Page, type PageRequest } from './page.ts';
import { epochMs, IS_FIRST_FREE_SEAT, IS_FREE, SLOT_JOINS, slotOf, STALE_AFTER_MS } from './slot-row.ts';
import { checkedWindow, type SlotWindow } from './slot-window.ts';
import { Where } from './where.ts';

export type AvailabilityFilter = SlotWindow & { readonly mode?: Mode | undefined };

interface Availability extends Page<Slot> {
  /** While no slot is changed, the same question has the same answer for so long from the moment on at which it was asked. */
  readonly sameForMs: number;
}

/**
 * Free slots of one provider that begin in the window, ascending.
 * Errors: not-found; validation, when the window spans more than 31 days or ends before it begins.
 */
export async function readAvailability(
  sql: Sql,
  caller: Caller,
  providerId: string,
  filter: AvailabilityFilter,
  page: PageRequest,
): Promise<Availability> {
  const { where, until } = whereOf(caller, filter, page);
  if (!isId(providerId)) throw notFound('provider');
  let sameForMs = 0;
  const found = await readPage<Slot>(page, async (limit) => {
    const { rows } = await sql.query<Found>(statementOf(where, until, filter, providerId, limit), where.values);
    const [answer] = rows;
    if (!answer?.known) throw notFound('provider');
    sameForMs = sameFor(answer, filter);
    return { rows: answer.slots.map((slot) => rowOf(providerId.toLowerCase(), slot)) };
  });
  return { ...found, sameForMs };
}

/** As SLOT in statementOf(). Names would be most of what is sent. */
type FoundSlot = readonly [
  id: string,
  externalId: string | null,
  locationId: string,
  startMs: number,
  endMs: number,
  timeZone: string,
  mode: Mode,
  asOfMs: number,
  staleAfterMs: number | null,
];

interface Found {
  readonly [column: string]: unknown;
  /** The organization has such a provider. */
  readonly known: boolean;
  readonly slots: readonly FoundSlot[];
  readonly nowMs: number;
  /** Until the first hold ends that keeps a slot from the list. */
  readonly heldForMs: number | null;
  /** Until the window, which moves with the clock, reaches a slot that the list has room for. */
  readonly beyondForMs: number | null;
}

/** `until`: SQL for the end of the window. */
function whereOf(caller: Caller, filter: AvailabilityFilter, page: PageRequest) {
  const window = checkedWindow(filter);
  const where = new Where();
  where.given(caller.organizationId, (organization) => `s.organization_id = ${organization}`);
  const there = atLocationsOf(caller, 's.location_id', where.values);
  if (there) where.and(there);
  where.given(window.from, (from) => `s.start_at >= ${from}`);
  let until = '';
  where.given(window.to, (to) => `s.start_at < ${(until = to)}`);
  where.given(
    filter.maxAge,
    (seconds) => `(s.hub_managed or s.as_of >= now() - ${seconds}::float8 * interval '1 second')`,
  );
  where.given(filter.mode, (mode) => `s.mode = ${mode}`);
  if (page.after) {
    if (page.after.length !== 2) throw badCursor();
    const [start, id] = page.after.map((each) => where.parameter(each));
    where.and(`s.start_at >= ${start}::timestamptz and (s.start_at, s.id) > (${start}::timestamptz, ${id}::uuid)`);
  }
  return { where, until };
}

/** The window of who says neither begin nor end moves with the clock. */
const moves = ({ from, to }: SlotWindow): boolean => from === undefined && to === undefined;

function rowOf(providerId: string, slot: FoundSlot) {
  const [id, externalId, locationId, startMs, endMs, timeZone, mode, asOfMs, staleAfterMs] = slot;
  const row = { id, externalId, providerId, locationId, startMs, endMs, timeZone, mode, asOfMs, staleAfterMs };
  return {
    item: slotOf({ ...row, status: 'free' }),
    // Only the last one's is wanted.
    get key() {
      return [instantOf(startMs), id];
    },
  };
}

/** To the microsecond, which is as exact as Postgres has it. */
function instantOf(ms: number): string {
  const us = Math.round(ms * 1000);
  const text = new Date(Math.floor(us / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
}

const SLOT = `json_build_array(s.id, s.external_id, s.location_id, ${epochMs('s.start_at')}, ${epochMs('s.end_at')},
  l.time_zone, s.mode, ${epochMs('s.as_of')}, ${STALE_AFTER_MS})`;

/** Of each set of filters one text: Postgres plans it once. The slots come as one value, which costs less to read than rows. */
function statementOf(
  where: Where,
  until: string,
  filter: AvailabilityFilter,
  providerId: string,
  limit: number,
): string {
  const provider = where.parameter(providerId);
  const most = where.parameter(limit);
  const isFull = `(select count(*) from page) >= ${most}::bigint`;
  const ofProvider = `s.provider_id = ${provider}::uuid and s.status = 'free'`;
  // By the clock of this process, as the window is: what one of two clocks has let in, the other would not be asked for again.
  const beyond = `(select ${epochMs(`min(s.start_at) - ${until}`)} from slot s where ${ofProvider} and s.start_at >= ${until})`;
  return prepared(`with page as (
      select s.* from slot s where ${ofProvider} and ${where.text} and ${IS_FREE} and ${IS_FIRST_FREE_SEAT}
      order by s.start_at, s.id limit ${most}::bigint)
    select exists (select from provider where id = ${provider}::uuid and organization_id = $1) as known,
      ${epochMs('now()')} as "nowMs",
      (select coalesce(json_agg(${SLOT} order by s.start_at, s.id), '[]') from page s ${SLOT_JOINS}) as slots,
      (select ${epochMs('min(s.held_until) - now()')} from slot s
        where ${ofProvider} and s.held_until > now() and s.start_at < ${until || `'infinity'`}
          and s.start_at <= case when ${isFull} then (select max(start_at) from page) else 'infinity' end) as "heldForMs",
      ${moves(filter) ? `case when not ${isFull} then ${beyond} end` : 'null::float8'} as "beyondForMs"`);
}

/** What the clock changes: slots begin, holds end, the window moves on, and what a HIS has said grows old. */
function sameFor({ slots, nowMs, heldForMs, beyondForMs }: Found, { maxAge }: AvailabilityFilter): number {
  if (maxAge !== undefined) return 0;
  const begins = (slots[0]?.[3] ?? Infinity) - nowMs;
  const growOld = slots.flatMap(([, , , , , , , asOfMs, staleAfterMs]) =>
    staleAfterMs === null ? [] : [asOfMs + staleAfterMs - Date.now()],
  );
  // What is stale already stays so.
  const later = growOld.filter((inMs) => inMs >= 0);
  return Math.min(begins, heldForMs ?? Infinity, beyondForMs ?? Infinity, ...later);
}
