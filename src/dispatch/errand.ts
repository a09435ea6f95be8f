/** What is known of a transaction before its turn comes: where it goes, and whether it must wait for another. */
import { lists, prepared, type Sql } from '../db/database.ts';
import { IS_WITHDRAWN } from '../ledger/hand-over.ts';
import { claimIdentification } from '../ledger/patient-key.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { Ledger } from '../ledger/settle.ts';
import { SETTLED } from '../ledger/state-lists.ts';

export interface Errand {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly connectionRevision: number;
  /** Whom the HIS does not know yet, as far as the hub knows: a booking's first step is to find out. */
  readonly unknownPatientId: string | null;
  /** Another transaction is finding out who that is. */
  readonly isBeingIdentified: boolean;
  /** RFC 3339 instant. */
  readonly createdAt: string;
  /** What a booking waits in that needs nothing but to be made; null for whatever is to be found out, or done step by step. */
  readonly plainState: 'queued' | 'retrying' | 'parked' | null;
  /** Begun until now. */
  readonly attempts: number;
  /** The mappings that its first attempt had. */
  readonly mappingBegan: string | null;
  /** A booking whose cancellation waits behind it. */
  readonly isWithdrawn: boolean;
  /** A code that it needs is not mapped yet. */
  readonly waitsForCode: boolean;
}

const READ = prepared(`
  select t.id, t.organization_id as "organizationId", t.connection_id as "connectionId",
    c.revision as "connectionRevision",
    case when t.kind = 'book' and not exists (select 1 from external_identifier e
        where e.connection_id = t.connection_id and e.entity = 'patient' and e.entity_id = a.patient_id and e.system = $2)
      then a.patient_id end as "unknownPatientId",
    t.created_at as "createdAt",
    t.kind = 'book' and (select p.transaction_id from patient_identification p join transaction o on o.id = p.transaction_id
      where p.connection_id = t.connection_id and p.patient_id = a.patient_id and p.transaction_id <> t.id
        and o.state not in ${SETTLED} limit 1) is not null
      as "isBeingIdentified",
    case when t.kind = 'book' and t.state <> 'unknown' and coalesce(t.step, 'book') = 'book' then t.state end as "plainState",
    t.attempts, t.mapping_version as "mappingBegan",
    ${IS_WITHDRAWN} as "isWithdrawn",
    exists (select 1 from unmapped_code_wait w where w.transaction_id = t.id) as "waitsForCode"
  from transaction t join appointment a on a.id = t.appointment_id join connection c on c.id = t.connection_id
  where t.id = any(${lists('$1::uuid[]')}::uuid[]) and t.state in ('queued', 'retrying', 'parked', 'unknown')
    and (t.due_at <= now() + interval '50 ms' or ${IS_WITHDRAWN})`);

/** In the order of the ids; undefined for those that are not open, at work already, or neither due nor withdrawn. */
export async function readErrands(sql: Sql, transactionIds: readonly string[]): Promise<(Errand | undefined)[]> {
  const found = await sql.query<Errand & Record<string, unknown>>(READ, [transactionIds, HIS_KEY]);
  const errands = new Map(found.rows.map((row) => [row.id, row]));
  return transactionIds.map((id) => errands.get(id));
}

/** How soon a booking looks again whether another one has found out who the patient is; then later and later, while a HIS hangs. */
const PATIENT_WAIT_MS = 500;
const PATIENT_WAIT_MAX_MS = 10_000;

/**
 * False when another transaction is finding out, or telling, who the patient is at the HIS. Then this one waits, quietly: it
 * has not begun, so nothing has happened that its story should tell.
 */
export const mayIdentify = async ({ db }: Ledger, errand: Errand): Promise<boolean> =>
  errand.unknownPatientId === null || claimIdentification(db, errand, errand.unknownPatientId);

const WAIT = prepared(`
  update transaction t set due_at = k.due_at
  from jsonb_to_recordset($1) as k (id uuid, due_at timestamptz)
  where t.id = k.id and t.state in ('queued', 'retrying', 'parked')`);

/** They look again after half the time that they have waited already. */
export async function waitForPatients(ledger: Ledger, errands: readonly Errand[]): Promise<undefined[]> {
  const now = Date.now();
  const wakes = errands.map(({ id, createdAt }) => {
    const waitedMs = now - Date.parse(createdAt);
    const inMs = Math.min(PATIENT_WAIT_MAX_MS, Math.max(PATIENT_WAIT_MS, waitedMs / 2));
    return { transactionId: id, dueAt: new Date(now + inMs).toISOString() };
  });
  await ledger.db.transaction(async (tx) => {
    await tx.query(WAIT, [
      JSON.stringify(wakes.map(({ transactionId, dueAt }) => ({ id: transactionId, due_at: dueAt }))),
    ]);
    await ledger.queue.send(tx, ...wakes);
  });
  return errands.map(() => undefined);
}
