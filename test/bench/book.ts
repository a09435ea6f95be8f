/** Bookings through the API, answered when they are in the book, beside the bare statement on the same Postgres. */
import { randomUUID } from 'node:crypto';
import type { BenchHub } from './hub.ts';
import { closedLoop, status, type Measured } from './load.ts';

const CONNECTIONS = 64;
const CLIENTS = 32;
const ROUND = 1_500;

/** What Postgres alone takes for a booking: claim, appointment, transaction, event and idempotency record in one statement. */
const BARE = `with taken as (
    update slot set status = 'busy', claimed = true where id = $1 and status = 'free' returning *
  ), appointment as (
    insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at, mode, status, created_by)
    select $2, organization_id, connection_id, $3, id, provider_id, location_id, start_at, end_at, mode, 'pending', 'bench' from taken
  ), claim as (
    insert into slot_claim (slot_id, appointment_id) select id, $2 from taken
  ), ledger as (
    insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id)
    select $4, organization_id, connection_id, $2, 'bench', 'book', 'queued', id from taken
  ), told as (
    insert into event (id, organization_id, type, transaction_id) select $5, organization_id, 'transaction.queued', $4 from taken
  )
  insert into idempotency_record (organization_id, client_id, route, key, fingerprint)
  select organization_id, 'bench', 'createAppointment', $2::text, '\\x00' from taken`;

export async function book(hub: BenchHub): Promise<{ readonly hub: Measured; readonly limit: Measured }> {
  const slots = await hub.slots(ROUND);
  const through = await closedLoop(CONNECTIONS, ROUND, async (n) => {
    const body = JSON.stringify({ slotId: slots[n], patientId: hub.patientId });
    return (
      (await status(
        'POST',
        `${hub.api}/v1/appointments`,
        { ...hub.headers, 'idempotency-key': randomUUID() },
        body,
      )) === 201
    );
  });
  const bareSlots = await hub.slots(ROUND);
  const bare = await closedLoop(CLIENTS, ROUND, async (n) => {
    const written = await hub.db.query(BARE, [bareSlots[n], randomUUID(), hub.patientId, randomUUID(), randomUUID()]);
    return written.rowCount === 1;
  });
  // The bare rows are no work for the dispatcher.
  await hub.db.query(
    `update transaction set state = 'superseded', settled_at = now() where client_id = 'bench' and state = 'queued'`,
  );
  return { hub: through, limit: bare };
}
