/** Operations that cancel each other out are not sent: a booking that waits, and whose cancellation waits behind it. */
import type { Database, Sql } from '../db/database.ts';
import { appendEvents } from './event.ts';
import { IS_WITHDRAWN } from './hand-over.ts';
import { releaseSlot } from './slot-claim.ts';
import { takeEdge } from './transition.ts';

interface Pair {
  readonly organization_id: string;
  readonly connection_id: string;
  readonly appointment_id: string;
  readonly slot_id: string;
  readonly state: 'queued' | 'retrying' | 'parked';
  readonly cancel_id: string;
  readonly cancel_state: 'queued' | 'retrying' | 'parked';
}

/**
 * True when the booking was withdrawn together with its cancellation. Only what is certain not to be at the HIS can be:
 * in these states every earlier attempt was refused before it was executed, or proved absent.
 */
export async function collapse(db: Database, transactionId: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.query(
      'select 1 from appointment where id = (select appointment_id from transaction where id = $1) for update',
      [transactionId],
    );
    const pair = await readPair(tx, transactionId);
    if (!pair) return false;
    const at = {
      organizationId: pair.organization_id,
      connectionId: pair.connection_id,
      appointmentId: pair.appointment_id,
      leaseToken: null,
    };
    const changes = { settled_at: new Date().toISOString(), error_code: 'cancelled-before-sent' };
    await takeEdge(tx, { ...at, id: transactionId, state: pair.state }, 'overtaken', changes);
    await takeEdge(tx, { ...at, id: pair.cancel_id, state: pair.cancel_state }, 'overtaken', changes);
    await tx.query(
      `update appointment set status = 'cancelled', version = version + 1, updated_at = now() where id = $1`,
      [pair.appointment_id],
    );
    await releaseSlot(tx, pair.slot_id, pair.appointment_id, 'free');
    await appendEvents(tx, [
      { ...at, type: 'appointment.cancelled', transactionId: pair.cancel_id, data: { sent: false } },
    ]);
    return true;
  });
}

/** Which of them have a cancellation behind them; rarely there is any. In the order of the ids. */
export async function readWithdrawn(sql: Sql, transactionIds: readonly string[]): Promise<boolean[]> {
  const found = await sql.query<{ id: string }>(
    `select t.id from transaction t
     where t.id = any($1) and t.state in ('queued', 'retrying', 'parked') and ${IS_WITHDRAWN}`,
    [transactionIds],
  );
  const withdrawn = new Set(found.rows.map(({ id }) => id));
  return transactionIds.map((id) => withdrawn.has(id));
}

async function readPair(sql: Sql, transactionId: string): Promise<Pair | undefined> {
  const found = await sql.query<Pair & Record<string, unknown>>(
    `select t.organization_id, t.connection_id, t.appointment_id, t.slot_id, t.state, c.id as cancel_id, c.state as cancel_state
     from transaction t join transaction c on c.appointment_id = t.appointment_id and c.kind = 'cancel'
       and c.state in ('queued', 'retrying', 'parked')
     where t.id = $1 and t.kind = 'book' and t.state in ('queued', 'retrying', 'parked')
     for update of t skip locked`,
    [transactionId],
  );
  return found.rows[0];
}
