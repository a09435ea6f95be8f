/** Holds: a slot kept for one client for a short time. A hold is the slot's `held_until` and a row that says whose it is. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';

const TTL_SECONDS_DEFAULT = 300;
/** A clinic's app holds for all its users; a patient's own token for one person. */
const HOLDS_MAX = { patient: 5, others: 1_000 };

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
 * Holds a free slot of the future; of many who ask at once exactly one gets it, also when all are users of one client.
 * Undefined when the slot cannot be had: the reason, and what to offer instead, is `slotConflict`'s to find out.
 * Errors: quota-exceeded, when the client holds too many already.
 */
export async function createHold(tx: Sql, caller: Caller, input: HoldInput): Promise<Hold | undefined> {
  const { slotId, ttlSeconds = TTL_SECONDS_DEFAULT } = input;
  if (!isId(slotId)) return undefined;
  // One hold of a client after the other: its holds cannot be counted while others are being made.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `hold ${caller.organizationId} ${caller.clientId}`,
  ]);
  await checkQuota(tx, caller);
  // The hold before its slot, as a booking that uses up a hold does: two locks in one order never wait for each other.
  await tx.query('select 1 from hold where slot_id = $1 for update', [slotId]);
  const taken = await tx.query<Hold & Record<string, unknown>>(TAKE, [
    slotId,
    caller.organizationId,
    caller.clientId,
    ttlSeconds,
    newId(),
  ]);
  return taken.rows[0];
}

/** The slot can be booked by others at once. Errors: not-found (also: somebody else's, or ended by itself). */
export async function deleteHold(db: Database, caller: Caller, id: string): Promise<void> {
  if (!isId(id)) throw notFound('hold');
  const deleted = await db.query(
    `with gone as (
       delete from hold where id = $1 and organization_id = $2 and client_id = $3 returning slot_id, expires_at)
     update slot set held_until = null from gone where slot.id = gone.slot_id and gone.expires_at > now() returning slot.id`,
    [id, caller.organizationId, caller.clientId],
  );
  if (deleted.rowCount === 0) throw notFound('hold');
}

/** The HIS says that somebody else has the slot: the hold ends, and the slot is offered no more. */
export async function giveUpTakenSlot(db: Database, hold: Hold): Promise<void> {
  await db.query(
    `with gone as (delete from hold where id = $1 returning slot_id)
     update slot set held_until = null, status = 'busy', as_of = now() from gone
     where slot.id = gone.slot_id and slot.status = 'free'`,
    [hold.id],
  );
}

async function checkQuota(tx: Sql, caller: Caller): Promise<void> {
  const found = await tx.query<{ count: number; seconds: number | null }>(
    `select count(*) as count, ceil(extract(epoch from min(expires_at) - now())) as seconds
     from hold where client_id = $1 and organization_id = $2 and expires_at > now()`,
    [caller.clientId, caller.organizationId],
  );
  const [row] = found.rows;
  const most = caller.role === 'patient' ? HOLDS_MAX.patient : HOLDS_MAX.others;
  if (!row || row.count < most) return;
  throw new HubError(
    'quota-exceeded',
    `You hold ${row.count} slots, and ${most} is the most: book or let go some of them first.`,
    {
      ...(row.seconds !== null && { retryAfterSeconds: Math.max(1, row.seconds) }),
    },
  );
}

// The conditions are on the slot's row alone: a second taker waits for the row, and then finds it held.
const TAKE = `with taken as (
    update slot set held_until = now() + $4 * interval '1 second'
    where id = $1 and organization_id = $2 and status = 'free' and not withdrawn and start_at > now()
      and (held_until is null or held_until <= now())
      and not exists (select 1 from slot_claim where slot_id = $1)
    returning id, organization_id, held_until)
  insert into hold (id, organization_id, slot_id, client_id, expires_at)
  select $5, organization_id, id, $3, held_until from taken
  on conflict (slot_id) do update set id = excluded.id, organization_id = excluded.organization_id,
    client_id = excluded.client_id, expires_at = excluded.expires_at, created_at = now()
  returning id, slot_id as "slotId", expires_at as "expiresAt"`;
