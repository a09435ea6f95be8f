import { utcTime, zonedTime } from './times.ts';

/** The tables behind a slot as the API shows it: s, l, c. */
export const SLOT_FROM = `slot s
  join location l on l.id = s.location_id
  join connection c on c.id = s.connection_id`;

/** SQL: one slot as the API shows it (domain Slot), from SLOT_FROM. */
export const SLOT_JSON = `json_build_object(
  'id', s.id, 'externalId', s.external_id, 'providerId', s.provider_id, 'locationId', s.location_id,
  'start', ${zonedTime('s.start_at', 'l.time_zone')}, 'end', ${zonedTime('s.end_at', 'l.time_zone')},
  'timeZone', l.time_zone, 'mode', s.mode, 'status', s.status, 'asOf', ${utcTime('s.as_of')},
  'stale', c.managed_by = 'his' and s.as_of < now() - (c.policy ->> 'staleAfterMs')::float8 * interval '1 ms')`;

/** SQL: the slot s can be had now, as far as the hub knows. */
export const IS_FREE = `s.status = 'free' and s.start_at > now() and (s.held_until is null or s.held_until <= now())`;

/** SQL: of the free seats of one interval only the first is shown. A HIS's slots have one seat each. */
export const IS_FIRST_FREE_SEAT = `(s.seat = 1 or not exists (select 1 from slot o
  where o.provider_id = s.provider_id and o.start_at = s.start_at and o.seat < s.seat and o.hub_managed
    and o.status = 'free' and (o.held_until is null or o.held_until <= now())))`;
