/** Providers: found by what patients look for, in three orders. */
import { isId, notFound, type Caller, type Provider } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { atLocationsOf } from '../identity/visible-locations.ts';
import { badCursor, readPage, type Page, type PageRequest } from './page.ts';
import { IS_FREE } from './slot-row.ts';
import { hasWord, Where } from './where.ts';

export type VersionedProvider = Provider & { readonly connectionId: string; readonly version: number };

export interface ProviderFilter {
  readonly location?: string | undefined;
  readonly specialty?: string | undefined;
  readonly language?: string | undefined;
  readonly insurance?: string | undefined;
  /** Words that all occur in the name or the specialties, in any order; case and accents do not matter. */
  readonly q?: string | undefined;
  /** RFC 3339: has a free slot that begins before then. */
  readonly nextAvailableBefore?: string | undefined;
  /** By name (unless given); soonest free slot first; best rating first. Who has none comes last. */
  readonly sort?: 'name' | 'nextAvailable' | 'rating' | undefined;
}

const PROVIDER_JSON = `json_build_object('id', p.id,
  'name', json_build_object('given', p.given, 'family', p.family, 'prefix', p.prefix),
  'email', p.email, 'phone', p.phone, 'specialties', p.specialties, 'languages', p.languages, 'insurances', p.insurances,
  'rating', p.rating,
  'locations', coalesce((select json_agg(pl.location_id order by pl.location_id) from provider_location pl
    where pl.provider_id = p.id), '[]'),
  'identifiers', coalesce((select json_agg(json_build_object('system', e.system, 'value', e.value) order by e.system, e.value)
    from external_identifier e where e.entity = 'provider' and e.entity_id = p.id), '[]'),
  'connectionId', p.connection_id, 'version', p.version)`;

/** The start of the provider's next free slot: one look into the index of free slots. */
const NEXT_FREE = `(select s.start_at from slot s where s.provider_id = p.id and ${IS_FREE} order by s.start_at limit 1)`;

const ICU = 'collate "und-x-icu"';

/** Expressions over p that order the list, all ascending, with the type that a cursor's text is cast to. */
const ORDERS = {
  name: [
    [`p.family ${ICU}`, 'text'],
    [`coalesce(p.given[1], '') ${ICU}`, 'text'],
  ],
  nextAvailable: [[`coalesce(${NEXT_FREE}, 'infinity')`, 'timestamptz']],
  rating: [['-coalesce(p.rating, 0)', 'numeric']],
} as const;

/** Errors: validation, when the cursor is not of this list in this order. */
export function listProviders(
  sql: Sql,
  caller: Caller,
  filter: ProviderFilter,
  page: PageRequest,
): Promise<Page<VersionedProvider>> {
  const sort = filter.sort ?? 'name';
  const order = [...ORDERS[sort], ['p.id', 'uuid'] as const];
  const where = new Where();
  where.given(caller.organizationId, (organization) => `p.organization_id = ${organization}`);
  where.and(worksWhereVisible(caller, where.values));
  addFilter(where, filter);
  const keys = order.map((_, index) => `k${index}`);
  const seek = page.after ? afterKey(where, order, [sort, ...page.after]) : 'true';
  if (filter.location !== undefined && !isId(filter.location)) return Promise.resolve({ items: [], next: null });
  return readPage<VersionedProvider>(page, (limit) =>
    // The JSON is built for the page's rows alone, not for all that match.
    sql.query(
      `select ${PROVIDER_JSON} as item, page.key from (
         select id, array['${sort}', ${keys.map((key) => `${key}::text`).join(', ')}] as key, ${keys.join(', ')} from (
           select p.id, ${order.map(([expression], index) => `${expression} as k${index}`).join(', ')}
           from provider p where ${where.text}) found
         where ${seek} order by ${keys.join(', ')} limit ${limit}) page
       join provider p on p.id = page.id order by ${keys.map((key) => `page.${key}`).join(', ')}`,
      where.values,
    ),
  );
}

/** SQL: a caller that is bound to locations sees who works there. */
function worksWhereVisible(caller: Caller, values: unknown[]): string {
  const there = atLocationsOf(caller, 'pl.location_id', values);
  return there === undefined
    ? 'true'
    : `exists (select 1 from provider_location pl where pl.provider_id = p.id and ${there})`;
}

function afterKey(
  where: Where,
  order: readonly (readonly [string, string])[],
  [sort, ...after]: readonly string[],
): string {
  const [madeFor, ...values] = after;
  if (madeFor !== sort || values.length !== order.length) throw badCursor();
  const parameters = order.map(([, type], index) => `${where.parameter(values[index])}::${type}`);
  return `(${order.map((_, index) => `k${index}`).join(', ')}) > (${parameters.join(', ')})`;
}

function addFilter(where: Where, filter: ProviderFilter): void {
  where.given(
    filter.location,
    (id) => `exists (select 1 from provider_location pl where pl.provider_id = p.id and pl.location_id = ${id})`,
  );
  where.given(filter.specialty, (value) => hasWord('specialties', value));
  where.given(filter.language, (value) => hasWord('languages', value));
  where.given(filter.insurance, (value) => hasWord('insurances', value));
  where.given(filter.nextAvailableBefore, (time) => `${NEXT_FREE} < ${time}`);
  for (const word of plain(filter.q ?? '').split(/\s+/u)) {
    if (word !== '') where.given(word, (text) => `strpos(${SEARCHED}, ${text}) > 0`);
  }
}

/** Lower case without accents: what is left after taking the combining marks (U+0300 to U+036F) off the decomposed letters. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/gu, '')
    .toLowerCase();

/** SQL: the same of what is searched. */
const SEARCHED = `lower(regexp_replace(normalize(concat_ws(' ', p.prefix, array_to_string(p.given, ' '), p.family,
  array_to_string(p.specialties, ' ')), NFD), '[\\u0300-\\u036f]', '', 'g'))`;

/** Errors: not-found. */
export async function readProvider(sql: Sql, caller: Caller, id: string): Promise<VersionedProvider> {
  if (!isId(id)) throw notFound('provider');
  const values: unknown[] = [id, caller.organizationId];
  const found = await sql.query<{ item: VersionedProvider }>(
    `select ${PROVIDER_JSON} as item from provider p
     where p.id = $1 and p.organization_id = $2 and ${worksWhereVisible(caller, values)}`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('provider');
  return row.item;
}
