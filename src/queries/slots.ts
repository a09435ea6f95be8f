/** Free slots: of one provider, and across providers. */
import { HubError, isId, notFound, type Caller, type Mode, type Slot } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { badCursor, readPage, type Page, type PageRequest } from './page.ts';
import { IS_FIRST_FREE_SEAT, IS_FREE, SLOT_FROM, SLOT_JSON } from './slot-json.ts';
import { hasWord, Where } from './where.ts';

const DAY_MS = 86_400_000;
const SPAN_DAYS_DEFAULT = 14;
const SPAN_DAYS_MAX = 31;
/** A local month of 31 days is an hour longer when the clocks go back in it. */
const CLOCK_CHANGE_MS = 3_600_000;

/** `from` (now unless given) included, `to` (14 days after `from` unless given) excluded; RFC 3339. */
export interface SlotWindow {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface SlotFilter extends SlotWindow {
  readonly provider?: string | undefined;
  readonly specialty?: string | undefined;
  readonly location?: string | undefined;
  readonly language?: string | undefined;
  readonly insurance?: string | undefined;
  readonly mode?: Mode | undefined;
}

/**
 * Free slots of one provider that begin in the window, ascending.
 * Errors: not-found; validation, when the window spans more than 31 days or ends before it begins.
 */
export function readAvailability(
  sql: Sql,
  caller: Caller,
  providerId: string,
  filter: SlotWindow & { readonly mode?: Mode | undefined },
  page: PageRequest,
): Promise<Page<Slot>> {
  return readFree(sql, caller, { ...filter, provider: providerId }, page, async () => {
    const known =
      isId(providerId) &&
      (await sql.query('select 1 from provider where id = $1 and organization_id = $2', [providerId, caller.organizationId])).rowCount;
    if (!known) throw notFound('provider');
  });
}

/** Free slots across providers, ascending by start. Errors: validation, as for one provider. */
export function listSlots(sql: Sql, caller: Caller, filter: SlotFilter, page: PageRequest): Promise<Page<Slot>> {
  return readFree(sql, caller, filter, page, async () => {});
}

async function readFree(
  sql: Sql,
  caller: Caller,
  filter: SlotFilter,
  page: PageRequest,
  onNone: () => Promise<void>,
): Promise<Page<Slot>> {
  const window = checkedWindow(filter);
  const where = new Where();
  where.given(caller.organizationId, (organization) => `s.organization_id = ${organization}`);
  where.and(IS_FREE);
  where.and(IS_FIRST_FREE_SEAT);
  where.given(window.from, (from) => `s.start_at >= ${from}`);
  where.given(window.to, (to) => `s.start_at < ${to}`);
  where.given(filter.mode, (mode) => `s.mode = ${mode}`);
  ofProviders(where, filter);
  if (page.after) {
    if (page.after.length !== 2) throw badCursor();
    const [start, id] = page.after.map((each) => where.parameter(each));
    where.and(`s.start_at >= ${start}::timestamptz and (s.start_at, s.id) > (${start}::timestamptz, ${id}::uuid)`);
  }
  const unknowable = [filter.provider, filter.location].some((id) => id !== undefined && !isId(id));
  const found = await readPage<Slot>(page, async (limit) => {
    if (unknowable) return { rows: [] };
    return sql.query(
      `select ${SLOT_JSON} as item, array[s.start_at::text, s.id::text] as key
       from ${SLOT_FROM} where ${where.text}
       order by s.start_at, s.id limit ${limit}`,
      where.values,
    );
  });
  if (found.items.length === 0) await onNone();
  return found;
}

function ofProviders(where: Where, filter: SlotFilter): void {
  where.given(filter.provider, (id) => `s.provider_id = ${id}`);
  where.given(filter.location, (id) => `s.location_id = ${id}`);
  const ofProvider = (condition: string): string => `s.provider_id in (select p.id from provider p where ${condition})`;
  where.given(filter.specialty, (value) => ofProvider(hasWord('specialties', value)));
  where.given(filter.language, (value) => ofProvider(hasWord('languages', value)));
  where.given(filter.insurance, (value) => ofProvider(hasWord('insurances', value)));
}

function checkedWindow({ from, to }: SlotWindow): { readonly from: string; readonly to: string } {
  const begin = from === undefined ? Date.now() : Date.parse(from);
  const end = to === undefined ? begin + SPAN_DAYS_DEFAULT * DAY_MS : Date.parse(to);
  if (end < begin) throw wrongWindow(to === undefined ? 'from' : 'to', 'expected "to" to be after "from" (which is now, unless given)');
  if (end - begin > SPAN_DAYS_MAX * DAY_MS + CLOCK_CHANGE_MS) {
    throw wrongWindow('to', `expected at most ${SPAN_DAYS_MAX} days after "from" (which is now, unless given): ask for the rest in a second request`);
  }
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

const wrongWindow = (name: string, detail: string): HubError =>
  new HubError('validation', `The window of time was not accepted: ${detail}.`, { errors: [{ pointer: `#/query/${name}`, detail }] });

/** One slot, whatever its status. Errors: not-found. */
export async function readSlot(sql: Sql, caller: Caller, id: string): Promise<Slot> {
  if (!isId(id)) throw notFound('slot');
  const found = await sql.query<{ item: Slot }>(
    `select ${SLOT_JSON} as item from ${SLOT_FROM} where s.id = $1 and s.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('slot');
  return row.item;
}
