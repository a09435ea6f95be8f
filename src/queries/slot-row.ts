import { wallTime, type Mode, type Slot, type SlotStatus } from '../domain/index.ts';

/** SQL: to the slots s (of table slot) the tables l and c that SLOT_COLUMNS takes the rest from. */
export const SLOT_JOINS = `join location l on l.id = s.location_id
  join connection c on c.id = s.connection_id`;

/** SQL: the status of the slot s. A withdrawn one that nobody holds any more awaits only the next look at its schedule. */
export const STATUS = `case when s.status = 'free' and s.withdrawn and (s.held_until is null or s.held_until <= now())
  then 'blocked' else s.status end`;

/** SQL: an instant, or a span of time, in milliseconds: cheapest to make and to read. extract() would make a numeric of it first. */
export const epochMs = (time: string): string => `date_part('epoch', ${time}) * 1000`;

/** SQL: null where the hub keeps the book. */
export const STALE_AFTER_MS = `case when c.managed_by = 'his' then (c.policy ->> 'staleAfterMs')::float8 end`;

/** SQL: the columns of a SlotRow. */
export const SLOT_COLUMNS = `s.id, s.external_id as "externalId", s.provider_id as "providerId", s.location_id as "locationId",
  ${epochMs('s.start_at')} as "startMs", ${epochMs('s.end_at')} as "endMs",
  l.time_zone as "timeZone", s.mode, ${STATUS} as status, ${epochMs('s.as_of')} as "asOfMs",
  ${STALE_AFTER_MS} as "staleAfterMs"`;

export interface SlotRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly externalId: string | null;
  readonly providerId: string;
  readonly locationId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly timeZone: string;
  readonly mode: Mode;
  readonly status: SlotStatus;
  readonly asOfMs: number;
  /** Null where the hub keeps the book: its own word is never stale. */
  readonly staleAfterMs: number | null;
}

export const slotOf = (row: SlotRow): Slot => ({
  id: row.id,
  externalId: row.externalId,
  providerId: row.providerId,
  locationId: row.locationId,
  start: wallTime(row.startMs, row.timeZone),
  end: wallTime(row.endMs, row.timeZone),
  timeZone: row.timeZone,
  mode: row.mode,
  status: row.status,
  asOf: new Date(row.asOfMs).toISOString(),
  stale: row.staleAfterMs !== null && row.asOfMs < Date.now() - row.staleAfterMs,
});

/** SQL: the slot s can be had now, as far as the hub knows. */
export const IS_FREE = `s.status = 'free' and not s.withdrawn and s.start_at > now() and (s.held_until is null or s.held_until <= now())`;

/** SQL: of the free seats of one interval only the first is shown. A HIS's slots have one seat each. */
export const IS_FIRST_FREE_SEAT = `(s.seat = 1 or not exists (select 1 from slot o
  where o.provider_id = s.provider_id and o.start_at = s.start_at and o.seat < s.seat and o.hub_managed
    and o.status = 'free' and not o.withdrawn and (o.held_until is null or o.held_until <= now())))`;
