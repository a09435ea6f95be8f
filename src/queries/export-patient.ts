/** Everything that the hub keeps of a patient, opened. */
import type { Appointment, Caller, Patient } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readExchanges } from '../ledger/attempt-result.ts';
import type { Openers } from '../ledger/work-order.ts';
import { listAppointments } from './appointments.ts';
import { readPatient } from './patients.ts';

export interface PatientExport {
  readonly exportedAt: string;
  readonly patient: Patient;
  readonly appointments: readonly Appointment[];
  readonly transactions: readonly ExportedTransaction[];
}

interface ExportedTransaction {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly appointmentId: string;
  readonly createdAt: string;
  /** `exchanges`: null when they cannot be opened, or were kept long enough; empty when there were none. */
  readonly attempts: readonly { readonly at: string; readonly exchanges: readonly unknown[] | null }[];
}

export interface ExportParts extends Openers {
  readonly db: Sql;
}

const PAGE = 200;

/** Errors: not-found (also: not the caller's to see, and erased). */
export async function exportPatient(parts: ExportParts, caller: Caller, id: string): Promise<PatientExport> {
  const patient = await readPatient(parts, caller, id);
  return {
    exportedAt: new Date().toISOString(),
    patient,
    appointments: await allAppointments(parts, caller, id),
    transactions: await allTransactions(parts, id),
  };
}

async function allAppointments({ db, seal }: ExportParts, caller: Caller, patient: string): Promise<Appointment[]> {
  const all: Appointment[] = [];
  for (let after: readonly string[] | null = []; after;) {
    const page = { limit: PAGE, ...(after.length > 0 && { after }) };
    const { items, next } = await listAppointments(db, seal, caller, { patient }, page);
    all.push(...items);
    after = next;
  }
  return all;
}

async function allTransactions(parts: ExportParts, patientId: string): Promise<ExportedTransaction[]> {
  const { db } = parts;
  const found = await db.query<Omit<ExportedTransaction, 'attempts'> & Record<string, unknown>>(
    `select t.id, t.kind, t.state, t.appointment_id as "appointmentId", t.created_at as "createdAt"
     from transaction t join appointment a on a.id = t.appointment_id where a.patient_id = $1 order by t.created_at, t.id`,
    [patientId],
  );
  const transactions = [];
  for (const transaction of found.rows) {
    const attempts = await db.query<{ id: string; at: string }>(
      'select id, started_at as at from attempt where transaction_id = $1 order by number',
      [transaction.id],
    );
    const opened = [];
    for (const { id, at } of attempts.rows) {
      const exchanges = await readExchanges(db, parts, id);
      opened.push({ at, exchanges: typeof exchanges === 'string' ? null : exchanges });
    }
    transactions.push({ ...transaction, attempts: opened });
  }
  return transactions;
}
