/** Deliveries of events to webhooks: which are due, and what became of each. */
import { newId } from '../db/new-id.ts';
import { prepared, type Database, type Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { EVENT_COLUMNS, EVENT_OF_POSITION, type PlacedEvent } from './event.ts';
import { endpointPause, FAILING_AFTER, pauseAfter } from './retry-plan.ts';
import type { Answer } from './webhook-request.ts';

/** One event, on its way to one webhook. */
export interface Delivery {
  readonly deliveryId: string;
  readonly token: string;
  /** Attempts with this one. */
  readonly number: number;
  readonly webhookId: string;
  readonly url: string;
  readonly secret: Buffer;
  /** Null: only the present one signs. */
  readonly previousSecret: Buffer | null;
  readonly event: PlacedEvent;
}

/** A worker that has not said by then what came of an attempt is taken for dead. */
const LEASE = `interval '60 seconds'`;
/** A webhook to which nothing has got through for so long is disabled. */
const GIVEN_UP_AFTER = `interval '5 days'`;
const FAILURES_MAX = 100_000;

// Of each webhook a few, so that a slow one takes no other's place; of one that fails only one; of an appointment only the oldest.
// A test, and what was missed, may be noted before its event has its position: it waits for that.
// The organization of the event is compared once more, here, where it leaves: a row that was tampered with is never sent.
const CLAIM = prepared(`
  with claimed as (
    select d.id from webhook w cross join lateral (
      select d.id from webhook_delivery d
      where d.webhook_id = w.id and d.state = 'pending' and d.due_at <= now()
        and (d.lease_until is null or d.lease_until < now())
        and exists (select 1 from event_position p where p.sequence = d.event_sequence)
        and (d.appointment_id is null or not exists (
          select 1 from webhook_delivery older
          where older.webhook_id = d.webhook_id and older.appointment_id = d.appointment_id and older.state = 'pending'
            and older.event_sequence < d.event_sequence))
      order by d.due_at
      limit case when w.failures >= ${FAILING_AFTER} then 1 else $2::int end
      for update skip locked) d
    where w.state = 'enabled' and (w.resume_at is null or w.resume_at <= now()) and not (w.id = any($1::uuid[]))
    limit $3),
  leased as (
    update webhook_delivery d set lease_token = gen_random_uuid(), lease_until = now() + ${LEASE}, attempts = attempts + 1
    from claimed where d.id = claimed.id
    returning d.*)
  select l.id as "deliveryId", l.lease_token as "token", l.attempts as "number", w.id as "webhookId", w.url, w.secret,
    case when w.previous_until > now() then w.previous_secret end as "previousSecret",
    p.position, ${EVENT_COLUMNS}
  from leased l join webhook w on w.id = l.webhook_id
    join event_position p on p.sequence = l.event_sequence ${EVENT_OF_POSITION}
  where e.organization_id = w.organization_id and l.organization_id = w.organization_id`);

interface ClaimOptions {
  /** Webhooks that have enough in hand in this process. */
  readonly busy: readonly string[];
  readonly perWebhook: number;
  readonly limit: number;
}

export async function claimDeliveries(
  sql: Sql,
  { busy, perWebhook, limit }: ClaimOptions,
): Promise<readonly Delivery[]> {
  const found = await sql.query<Omit<Delivery, 'event'> & PlacedEvent & Record<string, unknown>>(CLAIM, [
    busy,
    perWebhook,
    limit,
  ]);
  return found.rows.map((row) => {
    const { deliveryId, token, number, webhookId, url, secret, previousSecret, ...event } = row;
    return { deliveryId, token, number, webhookId, url, secret, previousSecret, event };
  });
}

/** Writes down what came of an attempt. Nothing, when the lease was lost, or the webhook is gone. */
export async function recordAnswer(db: Database, delivery: Delivery, answer: Answer): Promise<void> {
  await db.transaction(async (tx) => {
    const locked = await tx.query<{ failures: number; failing: boolean; lost: boolean; organization_id: string }>(
      `select failures, failing_since is not null as failing, failing_since < now() - ${GIVEN_UP_AFTER} as lost, organization_id
       from webhook where id = $1 for no key update`,
      [delivery.webhookId],
    );
    const [webhook] = locked.rows;
    if (!webhook || !(await endAttempt(tx, delivery, answer))) return;
    if (answer.errorCode === null) return succeeded(tx, delivery, webhook.failing);
    await failed(tx, delivery, answer, webhook.failures + 1);
    const reason = answer.status === 410 ? 'gone' : webhook.lost ? 'failing' : undefined;
    if (reason) await disable(tx, delivery.webhookId, webhook.organization_id, reason);
  });
}

async function endAttempt(tx: Sql, delivery: Delivery, { status, errorCode, durationMs }: Answer): Promise<boolean> {
  const pause = errorCode === null ? undefined : pauseAfter(delivery.number, Math.random());
  const state = errorCode === null ? 'delivered' : pause === undefined ? 'failed' : 'pending';
  const ended = await tx.query(
    `update webhook_delivery set state = $3, lease_token = null, lease_until = null,
       settled_at = case when $3 = 'pending' then null else now() end,
       due_at = case when $3 = 'pending' then now() + $4 * interval '1 ms' else due_at end
     where id = $1 and lease_token = $2 and state = 'pending'`,
    [delivery.deliveryId, delivery.token, state, pause ?? 0],
  );
  if (ended.rowCount === 0) return false;
  await tx.query(
    `insert into webhook_attempt (id, delivery_id, webhook_id, number, duration_ms, status, error_code)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [newId(), delivery.deliveryId, delivery.webhookId, delivery.number, durationMs, status, errorCode],
  );
  // What waits behind it in its appointment need not be looked at before.
  if (pause !== undefined && delivery.event.appointmentId !== null)
    await tx.query(
      `update webhook_delivery set due_at = greatest(due_at, now() + $3 * interval '1 ms')
       where webhook_id = $1 and appointment_id = $2 and state = 'pending' and event_sequence > $4`,
      [delivery.webhookId, delivery.event.appointmentId, pause, delivery.event.sequence],
    );
  return true;
}

async function succeeded(tx: Sql, { webhookId }: Delivery, hadFailed: boolean): Promise<void> {
  await tx.query(
    `update webhook set failures = 0, failing_since = null, resume_at = null, last_success_at = now() where id = $1`,
    [webhookId],
  );
  // It is back: what waits for hours because of its absence is sent in the next minute.
  if (hadFailed)
    await tx.query(
      `update webhook_delivery set due_at = now() + random() * interval '60 s'
       where webhook_id = $1 and state = 'pending' and due_at > now() + interval '60 s'`,
      [webhookId],
    );
}

/** Answers by which an endpoint, or what stands before it, asks for less. */
const ASKS_FOR_LESS: ReadonlySet<number | null> = new Set([429, 502, 503, 504]);
const LESS_MS = 5_000;

async function failed(tx: Sql, { webhookId }: Delivery, answer: Answer, failures: number): Promise<void> {
  const asked = ASKS_FOR_LESS.has(answer.status) ? Math.max(LESS_MS, answer.retryAfterMs ?? 0) : 0;
  const pause = Math.max(asked, endpointPause(failures));
  await tx.query(
    `update webhook set failures = $2, failing_since = coalesce(failing_since, now()),
       resume_at = case when $3 > 0 then now() + $3 * interval '1 ms' else resume_at end
     where id = $1`,
    [webhookId, Math.min(failures, FAILURES_MAX), pause],
  );
}

async function disable(tx: Sql, webhookId: string, organizationId: string, reason: 'gone' | 'failing'): Promise<void> {
  await tx.query(`update webhook set state = 'disabled', state_reason = $2 where id = $1`, [webhookId, reason]);
  await tx.query(
    `update webhook_delivery set state = 'failed', settled_at = now(), lease_token = null, lease_until = null
     where webhook_id = $1 and state = 'pending'`,
    [webhookId],
  );
  await appendEvents(tx, [{ organizationId, type: 'webhook.disabled', data: { webhookId, reason } }]);
}

/** It was not attempted after all. */
export async function letGo(sql: Sql, { deliveryId, token }: Delivery): Promise<void> {
  await sql.query(
    `update webhook_delivery set lease_token = null, lease_until = null, attempts = attempts - 1
     where id = $1 and lease_token = $2`,
    [deliveryId, token],
  );
}

/** Forgets what was settled long ago. */
export async function forgetOldDeliveries(sql: Sql): Promise<void> {
  await sql.query(
    `delete from webhook_delivery where id in (
       select id from webhook_delivery where state <> 'pending' and settled_at < now() - interval '30 days' limit 10000)`,
  );
}
