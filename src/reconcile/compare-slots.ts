/** Free slots of the hub beside those that the HIS offers. */
import type { FoundSlot } from '../adapter-kit/index.ts';
import { IS_RESERVED, type ReadSlots } from '../connections/mirror-slots.ts';
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import { findShift, type Shift } from './find-shift.ts';
import type { Window } from './read-his.ts';

export interface HubSlot {
  readonly id: string;
  readonly externalId: string | null;
  readonly providerId: string;
  readonly providerExternalId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: 'free' | 'busy' | 'blocked';
  readonly claimed: boolean;
  readonly reserved: boolean;
  /** ms since the epoch. */
  readonly asOfMs: number;
}

export interface SlotDifferences {
  /** Free here, and not offered. */
  readonly ghosts: readonly HubSlot[];
  /** Offered, and not known here, or known as taken by somebody else. */
  readonly missing: readonly { readonly found: FoundSlot; readonly slot: HubSlot | undefined }[];
  /** Offered by a provider, or at a location, that the HIS does not list. */
  readonly unplaced: readonly FoundSlot[];
  /** Offered, while the hub has taken them: the hub's ids. */
  readonly contested: readonly string[];
  readonly shift: Shift | undefined;
}

/** Slots of the connection that start in the window, or have one of these keys at the HIS. */
async function hubSlots(
  sql: Sql,
  connectionId: string,
  window: Window,
  externalIds: readonly string[],
): Promise<HubSlot[]> {
  const found = await sql.query<HubSlot & Record<string, unknown>>(
    `select s.id, s.external_id as "externalId", s.provider_id as "providerId", e.value as "providerExternalId",
       extract(epoch from s.start_at)::float8 * 1000 as "startMs", extract(epoch from s.end_at)::float8 * 1000 as "endMs",
       s.status, s.claimed, ${IS_RESERVED} as reserved, extract(epoch from s.as_of)::float8 * 1000 as "asOfMs"
     from (select * from slot where connection_id = $1 and start_at >= $2 and start_at < $3
       union select * from slot where connection_id = $1 and external_id = any($4)) s
     join external_identifier e on e.connection_id = $1 and e.entity = 'provider' and e.entity_id = s.provider_id and e.system = $5`,
    [connectionId, window.from, window.to, externalIds, HIS_KEY],
  );
  return found.rows;
}

interface Places {
  readonly providers: ReadonlySet<string>;
  readonly locations: ReadonlySet<string>;
  readonly zones: readonly string[];
}

async function placesOf(sql: Sql, connectionId: string): Promise<Places> {
  const found = await sql.query<{ entity: string; value: string }>(
    `select entity, value from external_identifier
     where connection_id = $1 and entity in ('provider', 'location') and system = $2`,
    [connectionId, HIS_KEY],
  );
  const named = (entity: string): ReadonlySet<string> =>
    new Set(found.rows.filter((row) => row.entity === entity).map((row) => row.value));
  const zones = await sql.query<{ time_zone: string }>(
    'select distinct time_zone from location where connection_id = $1',
    [connectionId],
  );
  return {
    providers: named('provider'),
    locations: named('location'),
    zones: zones.rows.map((row) => row.time_zone),
  };
}

/** Reads the hub's side now, so call it after the HIS was read, in the transaction that writes what follows. */
export async function compareSlots(
  sql: Sql,
  connectionId: string,
  window: Window,
  read: Pick<ReadSlots, 'begunAt' | 'offered'>,
): Promise<SlotDifferences> {
  const places = await placesOf(sql, connectionId);
  const isPlaced = (slot: FoundSlot): boolean =>
    places.providers.has(slot.providerExternalId) && places.locations.has(slot.locationExternalId);
  const offered = new Map(read.offered.filter(isPlaced).map((slot) => [slot.externalId, slot]));
  const slots = await hubSlots(sql, connectionId, window, [...offered.keys()]);
  const known = new Map(slots.flatMap((slot) => (slot.externalId === null ? [] : [[slot.externalId, slot] as const])));
  // What the hub has learnt since the reading began is newer than the reading.
  const begunMs = Date.parse(read.begunAt);
  const ghosts = slots.filter(
    (slot) =>
      slot.status === 'free' &&
      !slot.reserved &&
      slot.asOfMs < begunMs &&
      !(slot.externalId !== null && offered.has(slot.externalId)) &&
      slot.startMs >= begunMs,
  );
  const missing = [...offered.values()].flatMap((found): SlotDifferences['missing'] => {
    const slot = known.get(found.externalId);
    if (slot === undefined) return [{ found, slot }];
    const isNews = slot.status !== 'free' && !slot.claimed && slot.asOfMs < begunMs;
    return isNews ? [{ found, slot }] : [];
  });
  const shift = shiftOf(slots, [...offered.values()], known, window, places.zones);
  return {
    ghosts,
    missing,
    unplaced: read.offered.filter((slot) => !isPlaced(slot)),
    contested: slots.flatMap((slot) =>
      slot.claimed && slot.externalId !== null && offered.has(slot.externalId) ? [slot.id] : [],
    ),
    shift,
  };
}

/** A slot of a page that is off may have left it: a time of a day is enough. */
const BEYOND_MS = 27 * 3_600_000;

/** By the keys of the slots, where the HIS keeps them; else by all the times of each provider. */
function shiftOf(
  slots: readonly HubSlot[],
  offered: readonly FoundSlot[],
  known: ReadonlyMap<string, HubSlot>,
  { from, to }: Window,
  zones: readonly string[],
): Shift | undefined {
  const span = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  // Nothing stands against what the hub has taken itself.
  const free = offered.filter(({ externalId }) => !known.get(externalId)?.claimed && !known.get(externalId)?.reserved);
  const kept = free.flatMap(({ externalId: key, start }) => {
    const slot = known.get(key);
    return slot?.status === 'free' ? [{ key, hereMs: slot.startMs, thereMs: Date.parse(start) }] : [];
  });
  const byKey = findShift(
    kept.map(({ key, hereMs: startMs }) => ({ key, startMs })),
    kept.map(({ key, thereMs: startMs }) => ({ key, startMs })),
    { fromMs: span.fromMs - BEYOND_MS, toMs: span.toMs + BEYOND_MS },
    zones,
  );
  if (byKey) return byKey;
  return findShift(
    slots
      .filter((slot) => slot.status === 'free' && !slot.reserved)
      .map(({ providerExternalId: key, startMs }) => ({ key, startMs })),
    free.map(({ providerExternalId: key, start }) => ({ key, startMs: Date.parse(start) })),
    span,
    zones,
  );
}
