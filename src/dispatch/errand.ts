/** What is known of a transaction before its turn comes: where it goes, and whether it must wait for another. */
import { prepared, type Sql } from '../db/database.ts';
import { IS_WITHDRAWN } from '../ledger/hand-over.ts';
import { claimIdentification } from '../ledger/patient-key.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { Ledger } from '../ledger/settle.ts';

export interface Errand {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly connectionRevision: number;
  /** Whom the HIS does not know yet, as far as the hub knows: a booking's first step is to find out. */
  readonly unknownPatientId: string | null;
  /** A booking of which nothing was tried yet. */
  readonly isNew: boolean;
  /** A code that it needs is not mapped yet. */
  readonly waitsForCode: boolean;
}

const READ = prepared(`
  select t.id, t.organization_id as "organizationId", t.connection_id as "connectionId",
    c.revision as "connectionRevision",
    case when t.kind = 'book' and not exists (select 1 from external_identifier e
        where e.connection_id = t.connection_id and e.entity = 'patient' and e.entity_id = a.patient_id and e.system = $2)
      then a.patient_id end as "unknownPatientId",
    t.kind = 'book' and t.state = 'queued' and t.attempts = 0 as "isNew",
    exists (select 1 from unmapped_code_wait w where w.transaction_id = t.id) as "waitsForCode"
  from transaction t join appointment a on a.id = t.appointment_id join connection c on c.id = t.connection_id
  where t.id = any($1::uuid[]) and t.state in ('queued', 'retrying', 'parked', 'unknown')
    and (t.due_at <= now() + interval '50 ms' or ${IS_WITHDRAWN})`);

/** In the order of the ids; undefined for those that are not open, at work already, or neither due nor withdrawn. */
export async function readErrands(sql: Sql, transactionIds: readonly string[]): Promise<(Errand | undefined)[]> {
  const found = await sql.query<Errand & Record<string, unknown>>(READ, [transactionIds, HIS_KEY]);
  const errands = new Map(found.rows.map((row) => [row.id, row]));
  return transactionIds.map((id) => errands.get(id));
}

/** How often a booking looks whether another one has found out who the patient is. */
const PATIENT_WAIT_MS = 500;

/**
 * True when another transaction is finding out, or telling, who the patient is at the HIS. Then this one waits, quietly: it
 * has not begun, so nothing has happened that its story should tell.
 */
export async function waitsForPatient(ledger: Ledger, errand: Errand): Promise<boolean> {
  if (errand.unknownPatientId === null) return false;
  if (await claimIdentification(ledger.db, errand, errand.unknownPatientId)) return false;
  await ledger.db.transaction(async (tx) => {
    const dueAt = new Date(Date.now() + PATIENT_WAIT_MS).toISOString();
    await tx.query(`update transaction set due_at = $2 where id = $1 and state in ('queued', 'retrying', 'parked')`, [
      errand.id,
      dueAt,
    ]);
    await ledger.queue.send(tx, { transactionId: errand.id, dueAt });
  });
  return true;
}
