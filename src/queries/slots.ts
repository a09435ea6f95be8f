/** Free slots across providers, and a slot by itself. */
import { isId, notFound, type Caller, type Mode, type Slot } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { atLocationsOf } from '../identity/visible-locations.ts';
import { badCursor, readPage, type Page, type PageRequest } from './page.ts';
import { IS_FIRST_FREE_SEAT, IS_FREE, SLOT_COLUMNS, SLOT_JOINS, slotOf, type SlotRow } from './slot-row.ts';
import { checkedWindow, type SlotWindow } from './slot-window.ts';
import { hasWord, Where } from './where.ts';

const FEW_PROVIDERS = 64;

export interface SlotFilter extends SlotWindow {
  readonly provider?: string | undefined;
  readonly specialty?: string | undefined;
  readonly location?: string | undefined;
  readonly language?: string | undefined;
  readonly insurance?: string | undefined;
  readonly mode?: Mode | undefined;
}

/** Free slots across providers, ascending by start. Errors: validation, when the window spans more than 31 days or ends before it begins. */
export async function listSlots(sql: Sql, caller: Caller, filter: SlotFilter, page: PageRequest): Promise<Page<Slot>> {
  const window = checkedWindow(filter);
  const unknowable = [filter.provider, filter.location].some((id) => id !== undefined && !isId(id));
  const providers = unknowable ? [] : await providersOf(sql, caller, filter);
  const where = new Where();
  where.given(caller.organizationId, (organization) => `s.organization_id = ${organization}`);
  const there = atLocationsOf(caller, 's.location_id', where.values);
  if (there) where.and(there);
  where.and(IS_FREE);
  where.and(IS_FIRST_FREE_SEAT);
  where.given(window.from, (from) => `s.start_at >= ${from}`);
  where.given(window.to, (to) => `s.start_at < ${to}`);
  where.given(
    filter.maxAge,
    (seconds) => `(s.hub_managed or s.as_of >= now() - ${seconds}::float8 * interval '1 second')`,
  );
  where.given(filter.mode, (mode) => `s.mode = ${mode}`);
  where.given(filter.location, (id) => `s.location_id = ${id}`);
  if (page.after) {
    if (page.after.length !== 2) throw badCursor();
    const [start, id] = page.after.map((each) => where.parameter(each));
    where.and(`s.start_at >= ${start}::timestamptz and (s.start_at, s.id) > (${start}::timestamptz, ${id}::uuid)`);
  }
  return readPage<Slot>(page, async (limit) => {
    if (providers?.length === 0) return { rows: [] };
    const { rows } = await sql.query<SlotRow & { startKey: string }>(
      `select ${SLOT_COLUMNS}, s.start_at::text as "startKey"
       from (${firstSlots(where, providers, limit)}) s ${SLOT_JOINS} order by s.start_at, s.id`,
      where.values,
    );
    return { rows: rows.map((row) => ({ item: slotOf(row), key: [row.startKey, row.id] })) };
  });
}

/**
 * SQL: the first slots that fit, by the cheaper of two ways: a few providers' slots are looked up one provider after the other;
 * those of many providers are met soon enough when one walks along time.
 */
function firstSlots(where: Where, providers: readonly string[] | undefined, limit: number): string {
  const ids = providers && `${where.parameter(providers)}::uuid[]`;
  const first = (condition: string): string =>
    `select s.* from slot s where ${where.text} and ${condition} order by s.start_at, s.id limit ${limit}`;
  if (!providers || !ids) return first('true');
  if (providers.length === 1) return first(`s.provider_id = (${ids})[1]`);
  if (providers.length > FEW_PROVIDERS) return first(`s.provider_id = any(${ids})`);
  return `select near.* from unnest(${ids}) as wanted (provider_id)
    cross join lateral (${first('s.provider_id = wanted.provider_id')}) near order by near.start_at, near.id limit ${limit}`;
}

/** Undefined: any provider will do. */
async function providersOf(sql: Sql, caller: Caller, filter: SlotFilter): Promise<readonly string[] | undefined> {
  const { provider, specialty, language, insurance } = filter;
  if ((specialty ?? language ?? insurance) === undefined) return provider === undefined ? undefined : [provider];
  const where = new Where();
  where.given(caller.organizationId, (organization) => `p.organization_id = ${organization}`);
  where.given(provider, (id) => `p.id = ${id}`);
  where.given(specialty, (word) => hasWord('specialties', word));
  where.given(language, (word) => hasWord('languages', word));
  where.given(insurance, (word) => hasWord('insurances', word));
  const found = await sql.query<{ id: string }>(`select p.id from provider p where ${where.text}`, where.values);
  return found.rows.map((row) => row.id);
}

/** One slot, whatever its status. Errors: not-found. */
export async function readSlot(sql: Sql, caller: Caller, id: string): Promise<Slot> {
  if (!isId(id)) throw notFound('slot');
  const values: unknown[] = [id, caller.organizationId];
  const found = await sql.query<SlotRow>(
    `select ${SLOT_COLUMNS} from slot s ${SLOT_JOINS}
     where s.id = $1 and s.organization_id = $2 and ${atLocationsOf(caller, 's.location_id', values) ?? 'true'}`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('slot');
  return slotOf(row);
}
