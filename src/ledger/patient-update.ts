/**
 * Changes of patients on their way to the HISs that take updates. One at a time of each patient at each HIS, and always the
 * newest: an older one never overwrites a newer one.
 */
import { v4 as uuidv4 } from 'uuid';
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import type { PatientKeys } from './keyring.ts';
import { openPatient, sealedMembersAt, type OpenedPatient, type SealedPatient } from './patient-fields.ts';
import { HIS_KEY } from './patient-systems.ts';
import { CLOSED } from './state-lists.ts';

/** Connections that may have told their HIS of the patient: they know its key, or have an appointment of it. */
const MAY_KNOW = `exists (select 1 from external_identifier e
    where e.connection_id = c.id and e.entity = 'patient' and e.entity_id = $1 and e.system = '${HIS_KEY}')
  or exists (select 1 from appointment a where a.connection_id = c.id and a.patient_id = $1 and a.status <> 'rejected')`;

/** In the database transaction that changes the patient. `adapters`: ids of those that take updates. */
export async function queuePatientUpdates(
  tx: Sql,
  patient: { readonly id: string; readonly organizationId: string },
  adapters: readonly string[],
): Promise<void> {
  if (adapters.length === 0) return;
  await tx.query(
    `insert into patient_update as u (connection_id, patient_id, transaction_id, state)
     select c.id, $1, $3, 'pending' from connection c
     where c.organization_id = $2 and c.adapter = any($4) and (${MAY_KNOW})
     on conflict (connection_id, patient_id) do update set transaction_id = excluded.transaction_id,
       state = 'pending', tries = 0, error_class = null, error_code = null, updated_at = now(),
       -- Whoever is sending an older one now ends first.
       due_at = case when u.lease_token is not null and u.due_at > now() then u.due_at else now() end`,
    [patient.id, patient.organizationId, newId(), adapters],
  );
}

/** Connections with updates that are due, and on which something may be sent. */
export async function connectionsWithDueUpdates(sql: Sql): Promise<string[]> {
  const due = await sql.query<{ id: string }>(
    `select c.id from connection c where c.state = 'active' and exists (
       select 1 from patient_update u where u.connection_id = c.id and u.state = 'pending' and u.due_at <= now())`,
  );
  return due.rows.map((row) => row.id);
}

export interface HeldUpdate {
  readonly connectionId: string;
  readonly patientId: string;
  readonly transactionId: string;
  readonly tries: number;
  readonly leaseToken: string;
}

/** Takes the update that is due longest, for `leaseMs`; undefined when none is. */
export async function takeDueUpdate(sql: Sql, connectionId: string, leaseMs: number): Promise<HeldUpdate | undefined> {
  const taken = await sql.query<HeldUpdate & Record<string, unknown>>(
    `update patient_update set lease_token = $2, due_at = now() + $3 * interval '1 ms'
     where connection_id = $1 and patient_id = (
       select patient_id from patient_update where connection_id = $1 and state = 'pending' and due_at <= now()
       order by due_at limit 1 for update skip locked)
     returning connection_id as "connectionId", patient_id as "patientId", transaction_id as "transactionId", tries,
       lease_token as "leaseToken"`,
    [connectionId, uuidv4(), leaseMs],
  );
  return taken.rows[0];
}

export interface UpdatedPatient extends OpenedPatient {
  /** An appointment of the patient was made there. */
  readonly booked: boolean;
  /** Something that will tell the HIS of the patient is under way. */
  readonly underWay: boolean;
}

/** The patient as it is now, with what is known of it at the connection. Undefined: it was erased meanwhile. */
export async function readUpdatedPatient(
  sql: Sql,
  keys: PatientKeys,
  { connectionId, patientId }: HeldUpdate,
): Promise<UpdatedPatient | undefined> {
  const found = await sql.query<{ patient: SealedPatient & Pick<UpdatedPatient, 'booked' | 'underWay'> }>(
    `select jsonb_build_object(${sealedMembersAt('$1')},
       'booked', exists (select 1 from appointment a
         where a.connection_id = $1 and a.patient_id = p.id and a.external_id is not null),
       'underWay', exists (select 1 from appointment a join transaction t on t.appointment_id = a.id
         where a.connection_id = $1 and a.patient_id = p.id
           and t.state not in ${CLOSED})) as patient
     from patient p left join patient_key pk on pk.patient_id = p.id where p.id = $2`,
    [connectionId, patientId],
  );
  const [row] = found.rows;
  if (!row) throw new Error(`patient ${patientId} does not exist`);
  const { booked, underWay, ...sealed } = row.patient;
  const opened = await openPatient(keys, sealed);
  return opened && { ...opened, booked, underWay };
}

export interface UpdateEnd {
  readonly state: 'pending' | 'sent' | 'refused';
  readonly errorClass: string | null;
  readonly errorCode: string | null;
  /** One that is still pending: until it is sent again. */
  readonly pauseMs: number;
  readonly tried: boolean;
}

/** Written only by whoever holds the lease. When the patient was changed again meanwhile, that change is due instead. */
export async function endUpdate(sql: Sql, held: HeldUpdate, end: UpdateEnd): Promise<void> {
  const mine = [held.connectionId, held.patientId, held.leaseToken, end.pauseMs];
  const due = `lease_token = null, due_at = now() + $4::float8 * interval '1 ms'`;
  const ended = await sql.query(
    `update patient_update set ${due}, updated_at = now(), state = $6, error_class = $7, error_code = $8, tries = tries + $9
     where connection_id = $1 and patient_id = $2 and lease_token = $3 and transaction_id = $5`,
    [...mine, held.transactionId, end.state, end.errorClass, end.errorCode, end.tried ? 1 : 0],
  );
  if (ended.rowCount === 1) return;
  await sql.query(
    `update patient_update set ${due} where connection_id = $1 and patient_id = $2 and lease_token = $3`,
    mine,
  );
}

/** The HIS has never heard of the patient, and nothing is on its way there: whatever tells it first, tells it all. */
export async function forgetUpdate(sql: Sql, held: HeldUpdate): Promise<void> {
  await sql.query(
    `delete from patient_update
     where connection_id = $1 and patient_id = $2 and lease_token = $3 and transaction_id = $4`,
    [held.connectionId, held.patientId, held.leaseToken, held.transactionId],
  );
}
