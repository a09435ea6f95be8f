/** What the end of a transaction means for its appointment and its slots. One entry for each kind and each end. */
import type { Identifier, TransactionKind } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { releaseSlot } from './slot-claim.ts';

export type End = 'succeeded' | 'rejected' | 'failed' | 'needs_review';

export interface Ended {
  /** Of the transaction. */
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly kind: TransactionKind;
  readonly slotId: string;
  readonly fromSlotId: string | null;
  /** The HIS's key, when it gave one. */
  readonly externalId: string | null;
  readonly identifiers: readonly Identifier[];
  /** True when the HIS said that somebody else has the slot: then it is not free again. */
  readonly slotTaken: boolean;
}

/** Changes the appointment, and names the event to tell (undefined: nothing changed that is to be told). */
type Effect = (tx: Sql, ended: Ended) => Promise<string | undefined>;

async function setStatus(tx: Sql, ended: Ended, status: string): Promise<void> {
  await tx.query(
    `update appointment set status = $2, external_id = coalesce($3, external_id), version = version + 1, updated_at = now()
     where id = $1`,
    [ended.appointmentId, status, ended.externalId],
  );
}

const booked: Effect = async (tx, ended) => {
  await setStatus(tx, ended, 'booked');
  await keepIdentifiers(tx, ended);
  return 'appointment.booked';
};

const bookingRefused: Effect = async (tx, ended) => {
  await setStatus(tx, ended, 'rejected');
  await releaseSlot(tx, ended.slotId, ended.appointmentId, ended.slotTaken ? 'busy' : 'free');
  return 'appointment.rejected';
};

const cancelled: Effect = async (tx, ended) => {
  await setStatus(tx, ended, 'cancelled');
  await releaseSlot(tx, ended.slotId, ended.appointmentId, 'free');
  return 'appointment.cancelled';
};

const moved: Effect = async (tx, ended) => {
  await tx.query(
    `update appointment a set slot_id = s.id, provider_id = s.provider_id, location_id = s.location_id,
       start_at = coalesce(t.agreed_start_at, s.start_at), end_at = coalesce(t.agreed_end_at, s.end_at), mode = s.mode, external_id = coalesce($3, a.external_id),
       version = a.version + 1, updated_at = now()
     from slot s join transaction t on t.id = $4 where a.id = $1 and s.id = $2`,
    [ended.appointmentId, ended.slotId, ended.externalId, ended.id],
  );
  if (ended.fromSlotId) await releaseSlot(tx, ended.fromSlotId, ended.appointmentId, 'free');
  await keepIdentifiers(tx, ended);
  return 'appointment.rescheduled';
};

const moveRefused: Effect = async (tx, ended) => {
  await tx.query(`update appointment set version = version + 1, updated_at = now() where id = $1`, [
    ended.appointmentId,
  ]);
  await releaseSlot(tx, ended.slotId, ended.appointmentId, ended.slotTaken ? 'busy' : 'free');
  return 'appointment.change_rejected';
};

const cancelRefused: Effect = async (tx, ended) => {
  await tx.query(`update appointment set version = version + 1, updated_at = now() where id = $1`, [
    ended.appointmentId,
  ]);
  return 'appointment.change_rejected';
};

const disputed: Effect = () => Promise.resolve('appointment.needs_review');

const EFFECTS: Readonly<Record<TransactionKind, Readonly<Record<End, Effect>>>> = {
  book: { succeeded: booked, rejected: bookingRefused, failed: bookingRefused, needs_review: disputed },
  reschedule: { succeeded: moved, rejected: moveRefused, failed: moveRefused, needs_review: disputed },
  cancel: { succeeded: cancelled, rejected: cancelRefused, failed: cancelRefused, needs_review: disputed },
};

export function applyEffect(tx: Sql, end: End, ended: Ended): Promise<string | undefined> {
  return EFFECTS[ended.kind][end](tx, ended);
}

async function keepIdentifiers(tx: Sql, ended: Ended): Promise<void> {
  if (ended.identifiers.length === 0) return;
  await tx.query(
    `delete from external_identifier where entity = 'appointment' and entity_id = $1 and connection_id = $2`,
    [ended.appointmentId, ended.connectionId],
  );
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     select $1, $2, 'appointment', $3, system, value
     from jsonb_to_recordset($4) as row (system text, value text)
     on conflict do nothing`,
    [ended.organizationId, ended.connectionId, ended.appointmentId, JSON.stringify(ended.identifiers)],
  );
}
