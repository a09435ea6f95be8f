/** Everything a dispatcher needs to know of one leased transaction, read in one statement. */
import type { Identifier, Mode, TransactionKind } from '../domain/index.ts';
import { prepared, type Sql } from '../db/database.ts';
import type { PatientKeys } from './keyring.ts';
import { reasonRow } from './open-transaction.ts';
import { openPatient, sealedMembersAt, type OpenedPatient, type SealedPatient } from './patient-fields.ts';
import { HIS_KEY } from './patient-systems.ts';
import { openReason, type Seal } from './seal.ts';

export { HIS_KEY };

export interface WorkSlot {
  readonly id: string;
  readonly externalId: string;
  readonly providerExternalId: string;
  readonly locationExternalId: string;
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  readonly mode: Mode;
  readonly seat: number;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface WorkOrder {
  readonly id: string;
  readonly kind: TransactionKind;
  readonly step: string | null;
  readonly stepExternalId: string | null;
  readonly stepIdentifiers: readonly Identifier[];
  readonly retries: number;
  readonly looks: number;
  readonly resends: number;
  readonly unknownSince: string | null;
  readonly absentSince: string | null;
  /** Why a compensation runs: the refusal that it follows. */
  readonly errorClass: string | null;
  readonly errorCode: string | null;
  /** The mappings that its first attempt had. */
  readonly mappingVersion: string | null;
  /** Why it is cancelled. */
  readonly reason: string | null;
  /** At the time that the patient agreed to: so it was sent, if it was, and so it is looked up. */
  readonly slot: WorkSlot;
  /** The HIS has given the slot another time since. */
  readonly slotHasMoved: boolean;
  readonly fromSlot: WorkSlot | null;
  readonly appointment: {
    readonly externalId: string | null;
    readonly identifiers: readonly Identifier[];
    readonly reason: string | null;
    readonly mode: Mode;
  };
  readonly patient: OpenedPatient;
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const instant = (column: string): string => `to_char(${column} at time zone 'UTC', ${INSTANT})`;

/** Where nobody else gave a thing a key, the hub's own id is its key. */
const externalId = (entity: string, id: string): string => `coalesce((select value from external_identifier e
  where e.connection_id = s.connection_id and e.entity = '${entity}' and e.entity_id = ${id} and e.system = '${HIS_KEY}'), ${id}::text)`;

/** `slot`: an SQL expression for its id. */
const slotJson = (slot: string): string => `(select jsonb_build_object(
  'id', s.id, 'externalId', coalesce(s.external_id, s.id::text),
  'providerExternalId', ${externalId('provider', 's.provider_id')},
  'locationExternalId', ${externalId('location', 's.location_id')},
  'start', ${instant('s.start_at')}, 'end', ${instant('s.end_at')},
  'timeZone', l.time_zone, 'mode', s.mode, 'seat', s.seat, 'details', s.details)
  from slot s join location l on l.id = s.location_id where s.id = ${slot})`;

/** The slot as its HIS is told about it; undefined when there is none. */
export async function readWorkSlot(sql: Sql, slotId: string): Promise<WorkSlot | undefined> {
  const found = await sql.query<{ slot: WorkSlot | null }>(`select ${slotJson('$1')} as slot`, [slotId]);
  return found.rows[0]?.slot ?? undefined;
}

const identifiers = (entity: string, id: string): string => `coalesce((
  select jsonb_agg(jsonb_build_object('system', e.system, 'value', e.value)) from external_identifier e
  where e.entity = '${entity}' and e.entity_id = ${id} and e.system <> '${HIS_KEY}'
    and (e.connection_id is null or e.connection_id = t.connection_id)), '[]')`;

/** The time that the patient agreed to, where it is known apart from the slot's. */
const AGREED = `case
  when t.kind = 'book' then jsonb_build_object('start', ${instant('a.start_at')}, 'end', ${instant('a.end_at')})
  when t.agreed_start_at is not null
    then jsonb_build_object('start', ${instant('t.agreed_start_at')}, 'end', ${instant('t.agreed_end_at')}) end`;

const MEMBERS = `
  'id', t.id, 'kind', t.kind, 'step', t.step, 'stepExternalId', t.step_external_id, 'stepIdentifiers', t.step_identifiers,
  'retries', t.retries, 'looks', t.looks, 'resends', t.resends,
  'unknownSince', ${instant('t.unknown_since')}, 'absentSince', ${instant('t.absent_since')},
  'errorClass', t.error_class, 'errorCode', t.error_code, 'mappingVersion', t.mapping_version,
  'slot', ${slotJson('t.slot_id')}, 'agreed', ${AGREED}, 'fromSlot', ${slotJson('t.from_slot_id')},
  'appointment', jsonb_build_object('externalId', a.external_id, 'identifiers', ${identifiers('appointment', 'a.id')},
    'id', a.id, 'reason', encode(a.reason, 'base64'), 'mode', a.mode),
  'patient', jsonb_build_object(${sealedMembersAt('t.connection_id')})`;

/** A transaction with what belongs to it. */
export const WORK = `transaction t join appointment a on a.id = t.appointment_id join patient p on p.id = a.patient_id
    left join patient_key pk on pk.patient_id = p.id`;

/** Of WORK, as SQL gives it; without why it is cancelled, which is text of its own. */
export const WORK_ORDER = `jsonb_build_object(${MEMBERS})`;

const READ = prepared(`select ${WORK_ORDER} as work, t.appointment_id, t.reason
  from ${WORK} where t.id = $1`);

/** As SQL gives it. */
export type SealedWork<Work = WorkOrder> = Omit<Work, 'patient' | 'appointment' | 'slotHasMoved'> & {
  readonly agreed: Pick<WorkSlot, 'start' | 'end'> | null;
  readonly appointment: WorkOrder['appointment'] & { readonly id: string };
  readonly patient: SealedPatient;
};

export interface Openers {
  readonly seal: Seal;
  readonly keys: PatientKeys;
}

export async function readWorkOrder(sql: Sql, openers: Openers, transactionId: string): Promise<WorkOrder> {
  const found = await sql.query<{ work: SealedWork<WorkOrder>; appointment_id: string; reason: Buffer | null }>(READ, [
    transactionId,
  ]);
  const [row] = found.rows;
  if (!row) throw new Error(`transaction ${transactionId} is not in the ledger`);
  const work = await openWork(openers, row.work);
  return { ...work, reason: row.reason && openers.seal.open(reasonRow(row.appointment_id), row.reason) };
}

/** Throws for a patient that was erased: nothing can be said of it any more. */
export async function openWork(
  { seal, keys }: Openers,
  { patient: sealed, appointment: { id, ...appointment }, agreed, ...work }: SealedWork,
): Promise<WorkOrder> {
  const patient = await openPatient(keys, sealed);
  if (!patient) throw new Error('the patient of this transaction was erased');
  const reason = appointment.reason === null ? null : Buffer.from(appointment.reason, 'base64');
  const slot = { ...work.slot, ...agreed };
  const slotHasMoved = slot.start !== work.slot.start || slot.end !== work.slot.end;
  return {
    ...work,
    slot,
    slotHasMoved,
    patient,
    appointment: { ...appointment, reason: openReason(seal, id, reason) },
  };
}

const READ_KNOWN = prepared(`select o.external_id from transaction t
  join appointment a on a.id = t.appointment_id
  join appointment o on o.patient_id = a.patient_id and o.connection_id = t.connection_id and o.id <> a.id
  where t.id = $1 and o.external_id is not null`);

/** The HIS's keys of this patient's appointments that other transactions made: none of them is what this one is looked up for. */
export async function readKnownExternalIds(sql: Sql, transactionId: string): Promise<readonly string[]> {
  const found = await sql.query<{ external_id: string }>(READ_KNOWN, [transactionId]);
  return found.rows.map((row) => row.external_id);
}
