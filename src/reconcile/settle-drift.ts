/** What becomes of a difference when the HIS is believed: the model follows it. Nothing is ever sent to a HIS by this. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller, type DriftKind, type DriftSettlement } from '../domain/index.ts';
import { IS_RESERVED, mirrorSlots, tellChangedSlots } from '../connections/mirror-slots.ts';
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { DRIFT_COLUMNS, markObstacle, markSettled, type KeptDrift } from '../ledger/drift.ts';
import { appendEvents } from '../ledger/event.ts';
import { holdReading } from '../ledger/poll.ts';
import { releaseSlot } from '../ledger/slot-claim.ts';
import { CLOSED } from '../ledger/state-lists.ts';
import { HIS_KEY } from '../ledger/work-order.ts';

/** What an appointment, or a slot, looks like at the HIS: the details of a drift. */
export interface AtHis {
  readonly start?: string;
  readonly end?: string;
  readonly providerExternalId?: string;
  readonly locationExternalId?: string;
  readonly slotExternalId?: string;
  /** The hub's id of the patient whom the HIS names. */
  readonly patientId?: string;
  /** The HIS offers the slot that the appointment had. */
  readonly offered?: boolean;
  readonly found?: FoundSlot;
}

/** Why it cannot be followed now; undefined: it was. */
type Effect = (tx: Sql, drift: KeptDrift) => Promise<string | undefined>;

const closeSlot: Effect = async (tx, drift) => {
  const closed = await tx.query<{ slotId: string; providerId: string; status: string }>(
    `update slot s set status = 'busy', as_of = now() where s.id = $1 and s.status = 'free' and not ${IS_RESERVED}
     returning s.id as "slotId", s.provider_id as "providerId", s.status`,
    [drift.slotId],
  );
  await tellChangedSlots(tx, placeOf(drift), closed.rows);
  return undefined;
};

const openSlot: Effect = async (tx, drift) => {
  const { found } = detailsOf(drift);
  if (!found) return 'nothing-to-show';
  // By now, at the latest, this is the newest that is known.
  const begunAt = new Date(Date.now() + 60_000).toISOString();
  await tellChangedSlots(
    tx,
    placeOf(drift),
    await mirrorSlots(tx, placeOf(drift), { begunAt, offered: [found], vanished: [] }),
  );
  return undefined;
};

const cancel: Effect = async (tx, drift) => {
  const held = await takeAppointment(tx, drift);
  if (typeof held === 'string') return held;
  await tx.query(
    `update appointment set status = 'cancelled', version = version + 1, updated_at = now() where id = $1`,
    [held.id],
  );
  await releaseSlot(tx, held.slotId, held.id, detailsOf(drift).offered ? 'free' : 'busy');
  await tell(tx, drift, 'appointment.cancelled');
  return undefined;
};

async function claimAtHis(tx: Sql, slotId: string, appointmentId: string): Promise<boolean> {
  const claimed = await tx.query(
    `with free as (update slot s set status = 'busy', claimed = true, held_until = null where s.id = $1 and not s.claimed returning s.id)
     insert into slot_claim (slot_id, appointment_id) select id, $2 from free on conflict do nothing`,
    [slotId, appointmentId],
  );
  return claimed.rowCount === 1;
}

const move: Effect = async (tx, drift) => {
  const held = await takeAppointment(tx, drift);
  if (typeof held === 'string') return held;
  const slotId = await slotAtHis(tx, drift, held.locationId, held.slotId);
  if (slotId === undefined) return 'place-unknown';
  const isOwn = slotId === held.slotId;
  if (!isOwn && !(await claimAtHis(tx, slotId, held.id))) return 'slot-of-another-appointment';
  await tx.query('delete from hold where slot_id = $1', [slotId]);
  await tx.query(
    `update appointment a set slot_id = s.id, provider_id = s.provider_id, location_id = s.location_id, start_at = s.start_at,
       end_at = s.end_at, version = a.version + 1, updated_at = now() from slot s where a.id = $1 and s.id = $2`,
    [held.id, slotId],
  );
  if (!isOwn) await releaseSlot(tx, held.slotId, held.id, detailsOf(drift).offered ? 'free' : 'busy');
  await tell(tx, drift, 'appointment.rescheduled');
  return undefined;
};

/** Not erased since the difference was found, and kept from being erased now. */
async function isPatient(tx: Sql, id: string): Promise<boolean> {
  const found = await tx.query('select 1 from patient where id = $1 and sealed is not null for key share', [id]);
  return found.rowCount === 1;
}

const repoint: Effect = async (tx, drift) => {
  const held = await takeAppointment(tx, drift);
  if (typeof held === 'string') return held;
  const { patientId } = detailsOf(drift);
  if (patientId === undefined || !(await isPatient(tx, patientId))) return 'patient-unknown';
  await tx.query('update appointment set patient_id = $2, version = version + 1, updated_at = now() where id = $1', [
    held.id,
    patientId,
  ]);
  return undefined;
};

/** A booking that the hub has forgotten, or given up, is one of its appointments again. */
const adopt: Effect = async (tx, drift) => {
  const { patientId } = detailsOf(drift);
  if (patientId === undefined || !(await isPatient(tx, patientId))) return 'patient-unknown';
  // Nothing leaves an end that was told as one: what is over here is over, and what stands at the HIS is for a person.
  const named = await tx.query<{ status: string }>(
    'select status from appointment where connection_id = $1 and external_id = $2 for update',
    [drift.connectionId, drift.externalId],
  );
  if (named.rows[0]) return isOver(named.rows[0].status) ? 'appointment-over' : undefined;
  const locationId = await locationAtHis(tx, drift);
  const slotId = await slotAtHis(tx, drift, locationId);
  if (slotId === undefined) return 'place-unknown';
  const appointmentId = newId();
  const made = await tx.query(
    `with free as (
       update slot s set status = 'busy', claimed = true, held_until = null where s.id = $2 and not s.claimed
       returning s.id, s.provider_id, s.location_id, s.start_at, s.end_at, s.mode),
     claimed as (insert into slot_claim (slot_id, appointment_id) select id, $1 from free)
     insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at,
       mode, status, external_id, created_by)
     select $1, $3, $4, $5, id, provider_id, location_id, start_at, end_at, mode, 'booked', $6, 'reconciliation' from free`,
    [appointmentId, slotId, drift.organizationId, drift.connectionId, patientId, drift.externalId],
  );
  if (made.rowCount !== 1) return 'slot-of-another-appointment';
  await tell(tx, { ...drift, appointmentId }, 'appointment.booked');
  return undefined;
};

const EFFECTS: Readonly<Record<DriftKind, Effect>> = {
  'ghost-slot': closeSlot,
  'booked-outside': closeSlot,
  'missing-slot': openSlot,
  'cancelled-outside': cancel,
  'unknown-to-his': cancel,
  'moved-outside': move,
  // Of an appointment; a provider's own data follow the HIS whenever they are read.
  'changed-provider': (tx, drift) => (drift.appointmentId === null ? Promise.resolve(undefined) : move(tx, drift)),
  'patient-merged': repoint,
  'orphan-at-his': adopt,
};

/** Has the model follow the HIS. True when it does; else the drift stays open, with what is in the way. */
export async function followHis(tx: Sql, drift: KeptDrift, by: string): Promise<boolean> {
  const isWholeFeed = drift.details['byMinutes'] !== undefined;
  const obstacle = isWholeFeed ? undefined : await EFFECTS[drift.kind](tx, drift);
  if (obstacle === undefined) await markSettled(tx, [drift], 'his-wins', by);
  else await markObstacle(tx, drift.id, obstacle);
  return obstacle === undefined;
}

/**
 * A person decides. Whoever compares HIS and model does so before, or after: what he has settled is not found once more.
 * Errors: not-found; state-conflict: it was settled meanwhile, or something is in the way.
 */
export async function resolveDrift(
  db: Database,
  caller: Caller,
  id: string,
  settlement: Exclude<DriftSettlement, 'ask'>,
): Promise<void> {
  if (!isId(id)) throw notFound('drift');
  const isDone = await db.transaction(async (tx) => {
    const values = [id, caller.organizationId];
    const place = await tx.query<{ connection_id: string }>(
      'select connection_id from drift where id = $1 and organization_id = $2',
      values,
    );
    if (!place.rows[0]) throw notFound('drift');
    await holdReading(tx, place.rows[0].connection_id);
    const found = await tx.query<KeptDrift & { state: string } & Record<string, unknown>>(
      `select ${DRIFT_COLUMNS}, state from drift where id = $1 and organization_id = $2 for update`,
      values,
    );
    const [drift] = found.rows;
    if (!drift) throw notFound('drift');
    if (drift.state === 'settled') {
      if (drift.settlement === settlement) return true;
      throw new HubError('state-conflict', `The difference is settled already: ${drift.settlement}.`);
    }
    if (settlement === 'his-wins') return followHis(tx, drift, caller.clientId);
    await markSettled(tx, [drift], settlement, caller.clientId);
    return true;
  });
  if (isDone) return;
  const found = await db.query<{ obstacle: string | null }>('select obstacle from drift where id = $1', [id]);
  throw new HubError(
    'state-conflict',
    `The model cannot follow the HIS now: ${found.rows[0]?.obstacle ?? 'unknown'}. Settle what is in the way, and try again; or resolve it as hub-wins.`,
  );
}

const detailsOf = ({ details }: KeptDrift): AtHis => details;
const placeOf = ({ organizationId, connectionId }: KeptDrift) => ({ organizationId, connectionId });

const tell = (tx: Sql, drift: KeptDrift, type: string): Promise<void> =>
  appendEvents(tx, [
    { type, ...placeOf(drift), appointmentId: drift.appointmentId, data: { driftId: drift.id, cause: drift.cause } },
  ]);

/** It was cancelled, or never came to be. */
export const isOver = (status: string): boolean => status === 'cancelled' || status === 'rejected';

interface HeldAppointment {
  readonly id: string;
  readonly slotId: string;
  readonly locationId: string;
}

/** SQL: something is asked of the HIS about appointment a, or in doubt: its outcome must not be overwritten. */
export const IS_UNDER_WAY = `((select t.id from transaction t where t.appointment_id = a.id
  and t.state not in ${CLOSED} limit 1) is not null)`;

/** Locks it; a word when it is not to be touched. */
async function takeAppointment(tx: Sql, { appointmentId }: KeptDrift): Promise<HeldAppointment | string> {
  const locked = await tx.query<{ id: string; slotId: string; locationId: string; status: string }>(
    `select id, slot_id as "slotId", location_id as "locationId", status from appointment where id = $1 for update`,
    [appointmentId],
  );
  const [row] = locked.rows;
  if (!row) return 'appointment-unknown';
  if (row.status !== 'booked' && row.status !== 'arrived') return 'appointment-over';
  // A statement of its own: the one that locked may have begun before a change was asked for.
  const underWay = await tx.query(`select 1 from appointment a where a.id = $1 and ${IS_UNDER_WAY}`, [appointmentId]);
  return underWay.rowCount === 0 ? row : 'change-under-way';
}

async function locationAtHis(tx: Sql, drift: KeptDrift): Promise<string | undefined> {
  const { locationExternalId, providerExternalId } = detailsOf(drift);
  const found = await tx.query<{ id: string }>(
    `select entity_id as id from external_identifier where connection_id = $1 and entity = 'location' and system = $2 and value = $3
     union all
     select pl.location_id from external_identifier e join provider_location pl on pl.provider_id = e.entity_id
     where e.connection_id = $1 and e.entity = 'provider' and e.system = $2 and e.value = $4 limit 1`,
    [drift.connectionId, HIS_KEY, locationExternalId ?? null, providerExternalId ?? null],
  );
  return found.rows[0]?.id;
}

/**
 * The slot where the HIS shows the appointment; made where the hub never saw it offered. `own`: the one that the appointment has, which
 * is when, and whose, the HIS shows it, if it is that one. Undefined: it cannot be told.
 */
async function slotAtHis(
  tx: Sql,
  drift: KeptDrift,
  locationId: string | undefined,
  own?: string,
): Promise<string | undefined> {
  const { start, end, providerExternalId, slotExternalId } = detailsOf(drift);
  const provider = await tx.query<{ id: string }>(
    `select entity_id as id from external_identifier where connection_id = $1 and entity = 'provider' and system = $2 and value = $3`,
    [drift.connectionId, HIS_KEY, providerExternalId ?? null],
  );
  const providerId = provider.rows[0]?.id;
  const known = await tx.query<{ id: string }>(
    `select id from slot where connection_id = $1 and (external_id = $2 or ($2 is null and provider_id = $3 and start_at = $4))
     order by claimed limit 1`,
    [drift.connectionId, slotExternalId ?? null, providerId ?? null, start ?? null],
  );
  const knownId = known.rows[0]?.id;
  if (knownId !== undefined && knownId === own) {
    if (providerExternalId !== undefined && providerId === undefined) return undefined;
    await tx.query(
      `update slot set provider_id = coalesce($2, provider_id), start_at = coalesce($3, start_at), end_at = coalesce($4, end_at)
       where id = $1`,
      [own, providerId ?? null, start ?? null, end ?? null],
    );
  }
  if (knownId !== undefined) return knownId;
  if (providerId === undefined || start === undefined || end === undefined || locationId === undefined)
    return undefined;
  const id = newId();
  await tx.query(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, external_id, hub_managed)
     values ($1, $2, $3, $4, $5, $6, $7, 'in-person', 'busy', $8, false)`,
    [id, drift.organizationId, drift.connectionId, providerId, locationId, start, end, slotExternalId ?? null],
  );
  return id;
}
