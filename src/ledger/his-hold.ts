/**
 * The record of slots that the hub keeps reserved at a HIS, so that none is forgotten there, wherever a process stops or dies:
 * - A row is there before the HIS is asked to reserve its slot, and nobody takes it while that call may be under way: for `leaseMs`
 *   from its note. A release that overtook the call would find the slot free, and the row would be forgotten too soon. The call's
 *   own time counts from before the note and is much shorter; the rest is for a HIS that does late what it was sent.
 * - A release has `leaseMs` too, and less time than that: none reaches the HIS after another was made, and the slot held anew.
 * - Whoever confirms or forgets means the one hold that it has asked for, or taken; never another one of the same slot.
 * - All this rests on clocks that run alike. Where they did not, a hold that is confirmed too late is noted again, to be given back.
 */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';

export interface HisHold {
  readonly slotId: string;
  readonly connectionId: string;
  readonly transactionId: string;
}

/**
 * Write it, and commit, before the HIS is asked. `dueAt`: when it is given back unless something else happens.
 * new         the HIS is to be asked
 * taken-over  the slot is reserved already, by a hold that ended and was not given back yet: it serves this one
 * releasing   it is being given back just now; whether it is reserved nobody can say
 */
export async function noteHisHold(sql: Sql, hold: HisHold, dueAt: string): Promise<'new' | 'taken-over' | 'releasing'> {
  const noted = await sql.query(
    `insert into his_hold (slot_id, connection_id, transaction_id, state, due_at) values ($1, $2, $3, 'asking', $4)
     on conflict (slot_id) do nothing`,
    [hold.slotId, hold.connectionId, hold.transactionId, dueAt],
  );
  if (noted.rowCount === 1) return 'new';
  const takenOver = await sql.query(
    `update his_hold set due_at = $2 where slot_id = $1 and state in ('asking', 'held')`,
    [hold.slotId, dueAt],
  );
  return takenOver.rowCount === 1 ? 'taken-over' : 'releasing';
}

/** The HIS has reserved the slot. False when the hold was given up meanwhile: then the reservation is due to be given back. */
export async function confirmHisHold(sql: Sql, { slotId, connectionId, transactionId }: HisHold): Promise<boolean> {
  const confirmed = await sql.query(
    `update his_hold set state = 'held' where slot_id = $1 and transaction_id = $2 and state = 'asking'`,
    [slotId, transactionId],
  );
  if (confirmed.rowCount === 1) return true;
  // Under a new id: a release of the old one that is under way, or a hold that is refused because of this one, does not forget it.
  await sql.query(
    `insert into his_hold (slot_id, connection_id, transaction_id, state, due_at) values ($1, $2, $3, 'releasing', now())
     on conflict (slot_id) do update set transaction_id = excluded.transaction_id, state = 'releasing', due_at = now()
     where his_hold.state <> 'held'`,
    [slotId, connectionId, newId()],
  );
  return false;
}

/** The slot is not reserved by this hold, or not any more. */
export async function forgetHisHold(sql: Sql, { slotId, transactionId }: HisHold): Promise<void> {
  await sql.query('delete from his_hold where slot_id = $1 and transaction_id = $2', [slotId, transactionId]);
}

/** Of a row `h`; $1 is the lease. */
const MAY_BE_UNDER_WAY = `(h.state = 'asking' and h.created_at > now() - $1 * interval '1 ms'
  or h.state = 'releasing' and h.due_at > now())`;

/**
 * Takes the reservations that are to be given back: their hold in the hub has ended, and no appointment wants the slot.
 * Those whose slot was booked need nothing more, and are forgotten. Whoever takes one has `leaseMs` to release it.
 */
export async function takeEndedHisHolds(sql: Sql, leaseMs: number, limit: number): Promise<HisHold[]> {
  // Looked up by the slot: joined, all appointments might be read for a few holds.
  await sql.query(
    `delete from his_hold h
     where (select a.status from slot_claim c join appointment a on a.id = c.appointment_id where c.slot_id = h.slot_id limit 1)
       in ('booked', 'arrived', 'fulfilled', 'noshow') and not ${MAY_BE_UNDER_WAY}`,
    [leaseMs],
  );
  const taken = await sql.query<{ slotId: string; connectionId: string; transactionId: string }>(
    `update his_hold set state = 'releasing', due_at = now() + $1 * interval '1 ms'
     where slot_id in (
       select h.slot_id from his_hold h
       where (h.due_at <= now() or h.state = 'held' and not exists (
           select 1 from hold where hold.slot_id = h.slot_id and hold.expires_at > now()))
         and not exists (select 1 from slot_claim c where c.slot_id = h.slot_id) and not ${MAY_BE_UNDER_WAY}
       order by h.due_at limit $2 for update skip locked)
     returning slot_id as "slotId", connection_id as "connectionId", transaction_id as "transactionId"`,
    [leaseMs, limit],
  );
  return taken.rows;
}
