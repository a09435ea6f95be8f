/** The statements of bookings that are made together (group-bookings.ts). */
import { askedRows, prepared } from '../db/database.ts';
import { edgeFor } from '../domain/index.ts';
import { HIS_KEY } from '../ledger/patient-systems.ts';

const RECORDS = `idempotency_record (organization_id, client_id, route, key, fingerprint, appointment_id, transaction_id,
  working_until, booked)`;

const ASKED = askedRows({
  organization_id: 'uuid',
  client_id: 'text',
  route: 'text',
  key: 'text',
  fingerprint: 'text',
  working_until: 'timestamptz',
  patient_id: 'uuid',
  slot_id: 'uuid',
  hold_id: 'uuid',
  provider_id: 'uuid',
  mode: 'text',
  reason: 'text',
  appointment_id: 'uuid',
  transaction_id: 'uuid',
  entry_id: 'uuid',
  event_ids: 'jsonb',
  is_awaited: 'boolean',
});

const TOLD: readonly (readonly [type: string, data: object])[] = [
  ['transaction.queued', { kind: 'book' }],
  [edgeFor('queued', 'leased').emits, {}],
  [edgeFor('sending', 'confirmed').emits, { errorClass: null, errorCode: null }],
  ['appointment.booked', {}],
];
/** $4: the events of a booking that is entered at once, in their order; of any other the first. */
export const EVENTS = JSON.stringify(TOLD.map(([type, data], place) => ({ place, type, data })));
export const EVENTS_PER_BOOKING = TOLD.length;

const VERSION_PENDING = 1;
/** It was pending, and is booked. */
const VERSION_BOOKED = 2;

/**
 * Holds before their slots, as everywhere. Who would have to wait for a lock goes by steps: so of two such statements neither
 * waits for the other's slots. Conditions come before the record, because a record without its booking would be a lost one.
 */
export const BOOK = prepared(`
  with ${ASKED}, held as (
    select h.id, k.transaction_id from asked k
    cross join lateral (
      select id, client_id, expires_at from hold where id = k.hold_id and slot_id = k.slot_id for update skip locked) as h
    where h.client_id = k.client_id and h.expires_at > now()
  ), fit as (
    select k.organization_id, k.client_id, k.route, k.key, k.fingerprint, k.working_until, k.patient_id, k.reason,
      k.appointment_id, k.transaction_id, k.entry_id, k.event_ids, k.slot_id, s.connection_id, s.provider_id, s.location_id,
      s.start_at, s.end_at, s.mode, s.seat, c.at_once,
      case when c.at_once or not k.is_awaited then jsonb_build_object('patientId', k.patient_id, 'slotId', k.slot_id,
        'providerId', s.provider_id, 'locationId', s.location_id, 'connectionId', s.connection_id,
        'start', s.start_at, 'end', s.end_at,
        'timeZone', (select l.time_zone from location l where l.id = s.location_id limit 1), 'mode', s.mode,
        'externalId', case when c.at_once then k.entry_id end,
        'version', case when c.at_once then ${VERSION_BOOKED} else ${VERSION_PENDING} end) end as booked
    from asked k left join held on held.transaction_id = k.transaction_id
    cross join lateral (
      select organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, seat, status, withdrawn,
        held_until, as_of
      from slot where id = k.slot_id for update skip locked) as s
    -- Held against erasure until the booking stands.
    cross join lateral (
      select organization_id from patient where id = k.patient_id and sealed is not null for key share skip locked) as p
    cross join lateral (
      select managed_by <> 'his' or state <> 'active'
          or s.as_of >= now() - (policy ->> 'staleAfterMs')::float8 * interval '1 ms' as knows,
        k.is_awaited and adapter = any($3) and state = 'active' and coalesce(policy -> 'maintenance', '[]') = '[]'
          -- Who goes by a name of their own in that book is entered the long way.
          and (select e.value from external_identifier e where e.connection_id = s.connection_id and e.entity = 'provider'
            and e.entity_id = s.provider_id and e.system = '${HIS_KEY}' limit 1) is null as at_once
      from connection where id = s.connection_id limit 1) as c
    where s.organization_id = k.organization_id and s.status = 'free' and s.start_at > now() and c.knows
      and (held.id is not null or not s.withdrawn and (s.held_until is null or s.held_until <= now()))
      and (k.provider_id is null or k.provider_id = s.provider_id) and (k.mode is null or k.mode = s.mode)
      and p.organization_id = k.organization_id
      and (select t.id from transaction t where t.id = k.transaction_id) is null
  ), new as (
    insert into ${RECORDS}
    select organization_id, client_id, route, key, decode(fingerprint, 'hex'), appointment_id, transaction_id,
      working_until, booked
    from fit on conflict do nothing returning transaction_id
  ), made as (
    select f.organization_id, f.client_id, f.patient_id, f.reason, f.appointment_id, f.transaction_id, f.entry_id,
      f.event_ids, f.slot_id, f.connection_id, f.provider_id, f.location_id, f.start_at, f.end_at, f.mode, f.seat, f.at_once,
      f.booked
    from fit f join new on new.transaction_id = f.transaction_id
  ), used as (
    delete from hold h using held, made where h.id = held.id and held.transaction_id = made.transaction_id
  ), taken as (
    update slot s set status = 'busy', claimed = true, held_until = null from made where s.id = made.slot_id
  ), appointed as (
    insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
      start_at, end_at, mode, reason, status, external_id, version, created_by)
    select appointment_id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
      start_at, end_at, mode, decode(reason, 'base64'), case when at_once then 'booked' else 'pending' end,
      case when at_once then entry_id::text end,
      case when at_once then ${VERSION_BOOKED} else ${VERSION_PENDING} end, client_id from made
  ), claimed as (
    insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made
  ), opened as (
    insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, settled_at)
    select transaction_id, organization_id, connection_id, appointment_id, client_id, 'book',
      case when at_once then 'succeeded' else 'queued' end, slot_id, case when at_once then now() end from made
  ), entered as (
    insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
    select entry_id, connection_id, transaction_id, provider_id, seat, start_at, end_at, 'booked' from made where at_once
  ), told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
    select (made.event_ids ->> e.place)::uuid, made.organization_id, e.type, made.connection_id, made.appointment_id,
      made.transaction_id, e.data
    from made cross join jsonb_to_recordset($4) as e (place integer, type text, data jsonb)
    where e.place = 0 or made.at_once order by e.place
  )
  select appointment_id, booked from made`);

/** Of these the slot belongs to an appointment of ours, and nothing else is wrong with them. */
export const TAKEN = prepared(`
  with ${ASKED}
  select k.transaction_id from asked k
  where k.hold_id is null
    and (select s.id from slot s where s.id = k.slot_id and s.organization_id = k.organization_id and s.claimed
      and (k.provider_id is null or k.provider_id = s.provider_id) and (k.mode is null or k.mode = s.mode) limit 1) is not null
    and (select p.id from patient p where p.id = k.patient_id and p.organization_id = k.organization_id
      and p.sealed is not null limit 1) is not null`);
