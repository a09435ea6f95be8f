/**
 * Free slots of providers: the question that is asked most. Those who ask at once share one statement, which Postgres plans once:
 * most of what such a question costs is the way there and back.
 */
import { lists, preparedInOrder, type Sql } from '../db/database.ts';
import type { Mode } from '../domain/index.ts';
import { shownSlot, type ShownSlot } from './shown-slots.ts';
import { epochMs, IS_FIRST_FREE_SEAT, IS_FREE, STALE_AFTER_MS } from './slot-row.ts';
import { SLOT_WORD, WORD_DIGITS } from './slot-word.ts';

/** One question, in the order of the parameters of STATEMENT. */
export interface FreeSlotsQuestion {
  readonly providerId: string;
  /** RFC 3339. */
  readonly from: string;
  /** RFC 3339; excluded. */
  readonly to: string;
  /** The window moves on with the clock. */
  readonly moves: boolean;
  /** How long the answer holds is wanted, too. */
  readonly kept: boolean;
  /** Slots at most. */
  readonly most: number;
  readonly mode: Mode | null;
  /** Only what its HIS has confirmed within so many seconds. */
  readonly maxAge: number | null;
  /** Null: at any. */
  readonly locationIds: readonly string[] | null;
  /** Begin (RFC 3339) and id of the last one that is known; null: from the first one on. */
  readonly after: readonly [start: string, id: string] | null;
}

export interface FreeSlots {
  /** The organization has such a provider. */
  readonly known: boolean;
  /** Of its slots, ascending, one after the other (slot-word.ts); null: none. */
  readonly words: string | null;
  /** Those of the slots in their order; null: none has one. */
  readonly externalIds: readonly (string | null)[] | null;
  /** By location. */
  readonly zones: Readonly<Record<string, string>> | null;
  /** By connection. */
  readonly staleAfter: Readonly<Record<string, number | null>> | null;
  readonly nowMs: number;
  /** Until the first hold ends that keeps a slot from the list; null: none does, or nobody wanted to know. */
  readonly heldForMs: number | null;
  /** Until a window that moves reaches a slot that the list has room for; null: as above. */
  readonly beyondForMs: number | null;
}

const OF_PROVIDER = `s.provider_id = q.provider_id and s.organization_id = $1 and s.status = 'free'`;

/**
 * Whether there is such a provider is looked up: of "exists" Postgres makes one reading of all that the organization has.
 * A page comes as one text, which costs less to make and to read than rows, or JSON; and what its slots share comes once.
 * A window that moves is measured by the clock of the process that asks: what one of two clocks has let in, the other would not be
 * asked for again.
 */
const STATEMENT = preparedInOrder(`
  select (select id from provider where id = q.provider_id and organization_id = $1 limit 1) is not null as known,
    ${epochMs('now()')} as "nowMs", page.words, page."externalIds",
    (select json_object_agg(l.id, l.time_zone) from location l where l.id = any(page.locations)) as zones,
    (select json_object_agg(c.id, ${STALE_AFTER_MS}) from connection c where c.id = any(page.connections)) as "staleAfter",
    case when q.kept then
      (select ${epochMs('min(s.held_until) - now()')} from slot s
        where ${OF_PROVIDER} and s.held_until > now() and s.start_at >= greatest(q.since, q.after_start) and s.start_at < q.till
          and s.start_at <= case when page.count < q.most then 'infinity' else page.last end) end as "heldForMs",
    case when q.kept and q.moves and page.count < q.most then
      (select ${epochMs('min(s.start_at) - q.till')} from slot s where ${OF_PROVIDER} and s.start_at >= q.till) end as "beyondForMs"
  from unnest(${lists('$2::uuid[]', '$3::timestamptz[]', '$4::timestamptz[]', '$5::boolean[]', '$6::boolean[]', '$7::bigint[]', '$8::text[]', '$9::float8[]', '$10::text[]', '$11::timestamptz[]', '$12::uuid[]')}) with ordinality
    as q (provider_id, since, till, moves, kept, most, mode, max_age, locations, after_start, after_id, nth)
  cross join lateral (
    select count(*), max(p.start_at) as last, encode(string_agg(${SLOT_WORD}, '' order by p.start_at, p.id), 'hex') as words,
      case when count(p.external_id) > 0 then json_agg(p.external_id order by p.start_at, p.id) end as "externalIds",
      array_agg(distinct p.location_id) as locations, array_agg(distinct p.connection_id) as connections
    from (
      select s.* from slot s
      where ${OF_PROVIDER} and ${IS_FREE} and ${IS_FIRST_FREE_SEAT} and s.start_at < q.till
        and s.start_at >= greatest(q.since, q.after_start)
        and (q.after_start is null or (s.start_at, s.id) > (q.after_start, q.after_id))
        and (q.mode is null or s.mode = q.mode)
        and (q.max_age is null or s.hub_managed or s.as_of >= now() - q.max_age * interval '1 second')
        and (q.locations is null or s.location_id = any(q.locations::uuid[]))
      order by s.start_at, s.id
      limit q.most) p) page
  order by q.nth`);

/** The answers in the order of the questions. Who asks may see the organization, and does. */
export async function readFreeSlots(
  sql: Sql,
  organizationId: string,
  asked: readonly FreeSlotsQuestion[],
): Promise<readonly FreeSlots[]> {
  const { rows } = await sql.query<FreeSlots & Readonly<Record<string, unknown>>>(STATEMENT, [
    organizationId,
    asked.map(({ providerId }) => providerId),
    asked.map(({ from }) => from),
    asked.map(({ to }) => to),
    asked.map(({ moves }) => moves),
    asked.map(({ kept }) => kept),
    asked.map(({ most }) => most),
    asked.map(({ mode }) => mode),
    asked.map(({ maxAge }) => maxAge),
    asked.map(({ locationIds }) => locationIds && `{${locationIds.join(',')}}`),
    asked.map(({ after }) => after?.[0] ?? null),
    asked.map(({ after }) => after?.[1] ?? null),
  ]);
  return rows;
}

/** As they are shown now. What cannot be shown fails for whom it was found, not for those who shared the statement. */
export function slotsOf({ words, externalIds, zones, staleAfter }: FreeSlots, providerId: string): ShownSlot[] {
  if (words === null) return [];
  const context = { providerId, zones: zones ?? {}, staleAfter: staleAfter ?? {} };
  return Array.from({ length: words.length / WORD_DIGITS }, (_, nth) =>
    shownSlot(words.slice(nth * WORD_DIGITS, (nth + 1) * WORD_DIGITS), externalIds?.[nth] ?? null, context),
  );
}
