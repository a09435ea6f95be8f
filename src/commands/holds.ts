/** Holds: a slot kept for one client for a short time. A hold is the slot's `held_until` and a row that says whose it is. */
import { v7 as uuidv7 } from 'uuid';
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';

const TTL_SECONDS_DEFAULT = 300;
const HOLDS_MAX = 20;

export interface Hold {
  readonly id: string;
  readonly slotId: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface HoldInput {
  readonly slotId: string;
  readonly ttlSeconds?: number;
}

/**
 * Holds a free slot of the future; of many who ask at once exactly one gets it. Asked again by its holder, the same hold
 * lasts from now on anew. Undefined when the slot cannot be had: the reason, and what to offer instead, is `slotConflict`'s
 * to find out. Errors: quota-exceeded, when the client holds 20 slots already.
 */
export async function createHold(db: Database, caller: Caller, input: HoldInput): Promise<Hold | undefined> {
  const { slotId, ttlSeconds = TTL_SECONDS_DEFAULT } = input;
  if (!isId(slotId)) return undefined;
  return db.transaction(async (tx) => {
    // One hold of a client after the other: its holds cannot be counted while others are being made.
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `hold ${caller.organizationId} ${caller.clientId}`,
    ]);
    const extended = await first(tx, EXTEND, [slotId, caller.organizationId, caller.clientId, ttlSeconds]);
    if (extended) return extended;
    await checkQuota(tx, caller);
    return first(tx, TAKE, [slotId, caller.organizationId, caller.clientId, ttlSeconds, uuidv7()]);
  });
}

/** The slot can be booked by others at once. Errors: not-found (also: somebody else's, or ended by itself). */
export async function deleteHold(db: Database, caller: Caller, id: string): Promise<void> {
  if (!isId(id)) throw notFound('hold');
  const deleted = await db.transaction(async (tx) => {
    // The slot before its hold, as everywhere: two locks in one order never wait for each other.
    await tx.query(
      `select 1 from slot where id = (select slot_id from hold where id = $1 and organization_id = $2 and client_id = $3) for update`,
      [id, caller.organizationId, caller.clientId],
    );
    return tx.query(
      `with gone as (
         delete from hold where id = $1 and organization_id = $2 and client_id = $3 returning slot_id, expires_at)
       update slot set held_until = null from gone where slot.id = gone.slot_id and gone.expires_at > now() returning slot.id`,
      [id, caller.organizationId, caller.clientId],
    );
  });
  if (deleted.rowCount === 0) throw notFound('hold');
}

async function checkQuota(tx: Sql, caller: Caller): Promise<void> {
  const found = await tx.query<{ count: number; seconds: number | null }>(
    `select count(*) as count, ceil(extract(epoch from min(expires_at) - now())) as seconds
     from hold where client_id = $1 and organization_id = $2 and expires_at > now()`,
    [caller.clientId, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row || row.count < HOLDS_MAX) return;
  throw new HubError(
    'quota-exceeded',
    `You hold ${row.count} slots, and ${HOLDS_MAX} is the most: book or let go some of them first.`,
    {
      ...(row.seconds !== null && { retryAfterSeconds: Math.max(1, row.seconds) }),
    },
  );
}

async function first(tx: Sql, statement: string, values: readonly unknown[]): Promise<Hold | undefined> {
  return (await tx.query<Hold & Record<string, unknown>>(statement, values)).rows[0];
}

// The conditions are on the slot's row alone: a second taker waits for the row, and then finds it held.
const TAKE = `with taken as (
    update slot set held_until = now() + $4 * interval '1 second'
    where id = $1 and organization_id = $2 and status = 'free' and start_at > now()
      and (held_until is null or held_until <= now())
      and not exists (select 1 from slot_claim where slot_id = $1)
    returning id, organization_id, held_until)
  insert into hold (id, organization_id, slot_id, client_id, expires_at)
  select $5, organization_id, id, $3, held_until from taken
  on conflict (slot_id) do update set id = excluded.id, organization_id = excluded.organization_id,
    client_id = excluded.client_id, expires_at = excluded.expires_at, created_at = now()
  returning id, slot_id as "slotId", expires_at as "expiresAt"`;

const EXTEND = `with extended as (
    update slot set held_until = now() + $4 * interval '1 second' from hold
    where slot.id = $1 and slot.organization_id = $2 and slot.status = 'free' and slot.start_at > now()
      and slot.held_until > now() and hold.slot_id = slot.id and hold.client_id = $3 and hold.expires_at > now()
    returning slot.id, slot.held_until)
  update hold set expires_at = extended.held_until from extended where hold.slot_id = extended.id
  returning hold.id, hold.slot_id as "slotId", hold.expires_at as "expiresAt"`;
