/** Erases a patient: the key is destroyed, and with it all that it seals, here and in every backup that has no copy of the key. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { patientVisibleTo } from '../identity/visible-patients.ts';
import { appendEvents } from '../ledger/event.ts';
import type { Seal } from '../ledger/seal.ts';
import { CLOSED } from '../ledger/state-lists.ts';

export interface ErasingParts {
  readonly db: Database;
  readonly seal: Seal;
}

export interface Erasure {
  readonly patientId: string;
  /** RFC 3339. */
  readonly erasedAt: string;
}

const erasureRow = (patientId: string): string => `patient_erasure/${patientId}/reason`;
const holdRow = (patientId: string): string => `patient/${patientId}/legal-hold`;
const SHOWN_MAX = 20;

/** Asked again it says what was done. Errors: not-found, state-conflict (legal hold; an appointment ahead, a change that is not settled). */
export async function erasePatient(
  { db, seal }: ErasingParts,
  caller: Caller,
  id: string,
  reason: string,
): Promise<Erasure> {
  return db.transaction(async (tx) => {
    const { legal_hold: hold, erased_at: erasedAt } = await lock(tx, caller, id);
    if (erasedAt !== null) return { patientId: id, erasedAt };
    if (hold) {
      throw new HubError(
        'state-conflict',
        'This patient is under a legal hold, and must not be erased: `legalHold` says why. Whoever set the hold has to end it first.',
        { members: { legalHold: seal.open(holdRow(id), hold) } },
      );
    }
    await refuseOpen(tx, id);
    await destroy(tx, id);
    const erased = await tx.query<{ erased_at: string }>(
      `insert into patient_erasure (patient_id, organization_id, client_id, reason) values ($1, $2, $3, $4) returning erased_at`,
      [id, caller.organizationId, caller.clientId, seal.close(erasureRow(id), reason)],
    );
    const data = { patientId: id, by: caller.clientId };
    await appendEvents(tx, [{ type: 'patient.erased', organizationId: caller.organizationId, data }]);
    return { patientId: id, erasedAt: erased.rows[0]?.erased_at ?? '' };
  });
}

/** Null ends it. Errors: not-found (also: erased). */
export async function setLegalHold(
  { db, seal }: ErasingParts,
  caller: Caller,
  id: string,
  reason: string | null,
): Promise<void> {
  await db.transaction(async (tx) => {
    const { erased_at: erasedAt } = await lock(tx, caller, id);
    if (erasedAt !== null) throw notFound('patient');
    const sealed = reason === null ? null : seal.close(holdRow(id), reason);
    await tx.query('update patient set legal_hold = $2 where id = $1', [id, sealed]);
  });
}

async function lock(tx: Sql, caller: Caller, id: string) {
  if (!isId(id)) throw notFound('patient');
  const values: unknown[] = [id];
  const found = await tx.query<{ legal_hold: Buffer | null }>(
    `select p.legal_hold from patient p where p.id = $1 and ${patientVisibleTo(caller, 'p', values)} for update of p`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('patient');
  // Asked for when the row is ours: somebody else may just have erased it.
  const erased = await tx.query<{ erased_at: string }>('select erased_at from patient_erasure where patient_id = $1', [
    id,
  ]);
  return { legal_hold: row.legal_hold, erased_at: erased.rows[0]?.erased_at ?? null };
}

async function refuseOpen(tx: Sql, id: string): Promise<void> {
  const open = await tx.query<{ id: string }>(
    `select a.id from appointment a where a.patient_id = $1 and (
       a.status in ('pending', 'booked', 'arrived') and a.end_at > now()
       or exists (select 1 from transaction t where t.appointment_id = a.id
         and t.state not in ${CLOSED}))
     order by a.start_at limit $2`,
    [id, SHOWN_MAX],
  );
  if (open.rows.length === 0) return;
  throw new HubError(
    'state-conflict',
    'This patient has appointments ahead, or changes that are not settled. Cancel the appointments, and settle the changes, first.',
    { members: { appointmentIds: open.rows.map((row) => row.id) } },
  );
}

const OF_PATIENT = 'select id from appointment where patient_id = $1';

/** What people wrote or HISs said of the patient under another key than the patient's own goes with it. */
async function destroy(tx: Sql, id: string): Promise<void> {
  for (const statement of [
    'delete from patient_key where patient_id = $1',
    `update patient set sealed = null, email_index = null, phone_index = null, birth_index = null, person_index = null,
       version = version + 1 where id = $1`,
    `delete from external_identifier where entity = 'patient' and entity_id = $1`,
    'delete from patient_update where patient_id = $1',
    'delete from patient_identification where patient_id = $1',
    'update appointment set reason = null where patient_id = $1 and reason is not null',
    `update transaction set reason = null where reason is not null and appointment_id in (${OF_PATIENT})`,
    `delete from idempotency_record where appointment_id in (${OF_PATIENT})`,
    // Those that wait, or are held, are somebody's work still; the newest says when the HIS was heard.
    `delete from mapping_record where transaction_id in (select id from transaction where appointment_id in (${OF_PATIENT}))`,
    `delete from held_message where settled_at is not null
       and received_message_id in (select n.received_message_id from notice n where n.patient_id = $1)`,
    `delete from received_message m where m.id in (select n.received_message_id from notice n where n.patient_id = $1)
       and not exists (select 1 from message_to_apply q where q.received_message_id = m.id)
       and not exists (select 1 from held_message h where h.received_message_id = m.id)
       and m.received_at < (select max(o.received_at) from received_message o where o.connection_id = m.connection_id)`,
    `update account set email = 'erased-' || id, name = 'Erased', disabled_at = coalesce(disabled_at, now()), password_hash = null
     where patient_id = $1`,
  ]) {
    await tx.query(statement, [id]);
  }
}
