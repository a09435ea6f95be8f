/** Send to a webhook once more, or at last, what it should have had. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { lockWebhook } from './webhooks.ts';

/** Of one request; contracts/schemas/webhook-queued.schema.json says so. */
const QUEUED_MAX = 10_000;

const AGAIN = `state = 'pending', attempts = 0, due_at = now(), settled_at = null, lease_token = null, lease_until = null`;

async function lockEnabled(tx: Sql, caller: Caller, id: string): Promise<void> {
  const { state } = await lockWebhook(tx, caller, id);
  if (state !== 'enabled')
    throw new HubError('state-conflict', 'The webhook is disabled: enable it first (PATCH, state "enabled").');
}

/** Those that were given up, of events since then. Returns how many. Errors: not-found, state-conflict (disabled). */
export async function recoverDeliveries(db: Database, caller: Caller, id: string, since: string): Promise<number> {
  return db.transaction(async (tx) => {
    await lockEnabled(tx, caller, id);
    const again = await tx.query(
      `update webhook_delivery set ${AGAIN} where id in (
         select d.id from webhook_delivery d cross join lateral (
           select occurred_at from event where organization_id = d.organization_id and sequence = d.event_sequence limit 1) e
         where d.webhook_id = $1 and d.state = 'failed' and e.occurred_at >= $2 order by d.event_sequence limit ${QUEUED_MAX})`,
      [id, since],
    );
    return again.rowCount ?? 0;
  });
}

/** Events since then that it wants and has no delivery of. Returns how many. Errors: not-found, state-conflict (disabled). */
export async function queueMissing(db: Database, caller: Caller, id: string, since: string): Promise<number> {
  return db.transaction(async (tx) => {
    await lockEnabled(tx, caller, id);
    const missing = await tx.query<{ sequence: number; appointment_id: string | null }>(
      `select e.sequence, e.appointment_id from webhook w join event e on e.organization_id = w.organization_id
       where w.id = $1 and e.occurred_at >= $2 and e.type <> 'webhook.test'
         and (cardinality(w.types) = 0 or e.type = any(w.types)) and (w.connection_id is null or w.connection_id = e.connection_id)
         and not exists (select 1 from webhook_delivery d where d.webhook_id = w.id and d.event_sequence = e.sequence)
       order by e.sequence limit ${QUEUED_MAX}`,
      [id, since],
    );
    const made = await tx.query(
      `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence, appointment_id)
       select id, $2, $3, sequence, appointment_id
       from jsonb_to_recordset($1) as row (id uuid, sequence bigint, appointment_id uuid) on conflict do nothing`,
      [JSON.stringify(missing.rows.map((each) => ({ id: newId(), ...each }))), id, caller.organizationId],
    );
    return made.rowCount ?? 0;
  });
}

/** Once more, whatever became of it. Errors: not-found, state-conflict (disabled). */
export async function resendDelivery(db: Database, caller: Caller, id: string, deliveryId: string): Promise<void> {
  if (!isId(deliveryId)) throw notFound('delivery');
  await db.transaction(async (tx) => {
    await lockEnabled(tx, caller, id);
    const again = await tx.query(`update webhook_delivery set ${AGAIN} where id = $1 and webhook_id = $2`, [
      deliveryId,
      id,
    ]);
    if (again.rowCount === 0) throw notFound('delivery');
  });
}

/** Returns the delivery's id. Errors: not-found, state-conflict (disabled). */
export async function sendTest(db: Database, caller: Caller, id: string): Promise<string> {
  return db.transaction(async (tx) => {
    await lockEnabled(tx, caller, id);
    const deliveryId = newId();
    const { organizationId } = caller;
    await appendEvents(tx, [{ organizationId, type: 'webhook.test', data: { webhookId: id, deliveryId } }]);
    await tx.query(
      `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence)
       select $1::uuid, $2, $3, sequence from event
       where organization_id = $3 and type = 'webhook.test' and data ->> 'deliveryId' = $4
       order by sequence desc limit 1`,
      [deliveryId, id, organizationId, deliveryId],
    );
    // It is wanted now, also by a webhook that is asked only now and then.
    await tx.query('update webhook set resume_at = null where id = $1', [id]);
    return deliveryId;
  });
}
