/** Limit A: what Postgres alone takes for the rows of a booking, as one prepared statement, no program around it. */
import { randomUUID } from 'node:crypto';
import { prepared } from '../../../src/db/database.ts';
import type { BenchHub } from '../hub.ts';

const CLIENTS = 32;

/**
 * Claim, appointment, transaction, event, idempotency record and audit record, under the same constraints and indexes. The hub itself writes
 * no audit record with a booking, but four events, and the entry of its own book.
 */
const BOOK = prepared(`with taken as (
    update slot set status = 'busy', claimed = true where id = $1 and status = 'free' returning *
  ), appointment as (
    insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at, mode, status, created_by)
    select $2, organization_id, connection_id, $3, id, provider_id, location_id, start_at, end_at, mode, 'pending', 'bench' from taken
  ), claim as (
    insert into slot_claim (slot_id, appointment_id) select id, $2 from taken
  ), ledger as (
    -- Due when nobody looks any more: they are no work for the hub.
    insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, due_at)
    select $4, organization_id, connection_id, $2, 'bench', 'book', 'queued', id, now() + interval '1 day' from taken
  ), told as (
    insert into event (id, organization_id, type, transaction_id) select $5, organization_id, 'transaction.queued', $4 from taken
  ), audited as (
    insert into audit_record (id, organization_id, transaction_id, actor_id, actor_role, address, action, kind, detail)
    select $6, organization_id, $4, 'bench', 'app', '127.0.0.1', 'appointment.create', 'change', '{}' from taken
  )
  insert into idempotency_record (organization_id, client_id, route, key, fingerprint)
  select organization_id, 'bench', 'createAppointment', $2::text, '\\x00' from taken`);

/** Bookings a second, by 32 clients at once. */
export async function bareBookings({ db, patientId }: BenchHub, slotIds: readonly string[]): Promise<number> {
  const ids = slotIds.map(() => Array.from({ length: 4 }, () => randomUUID()));
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let nth = next++; nth < slotIds.length; nth = next++) {
        const [appointment, ...others] = ids[nth] ?? [];
        const { rowCount } = await db.query(BOOK, [slotIds[nth], appointment, patientId, ...others]);
        if (rowCount !== 1) throw new Error('the bare statement has not booked');
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await db.query(
    `update transaction set state = 'superseded', settled_at = now() where client_id = 'bench' and state = 'queued'`,
  );
  return slotIds.length / seconds;
}
