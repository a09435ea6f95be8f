/**
 * A worker owns a transaction by a lease with a token. Whoever holds no valid token writes nothing: a worker that was
 * suspended past its lease finds its result refused.
 */
import { v4 as uuidv4 } from 'uuid';
import { newId } from '../db/new-id.ts';
import type { TransactionState } from '../domain/index.ts';
import { prepared, type Database, type Sql } from '../db/database.ts';
import { IS_OLDEST_OPEN, IS_WITHDRAWN } from './hand-over.ts';
import { takeEdge, type TransactionRef } from './transition.ts';

export interface Lease extends TransactionRef {
  readonly state: 'sending' | 'verifying';
  readonly leaseToken: string;
}

interface Row {
  id: string;
  organization_id: string;
  connection_id: string;
  appointment_id: string;
  state: TransactionState;
}

/** So often a look-up may end without a result before a person is asked. */
const LOST_LOOKS_MAX = 10;

const refOf = (row: Row, leaseToken: string | null = null): TransactionRef => ({
  id: row.id,
  organizationId: row.organization_id,
  connectionId: row.connection_id,
  appointmentId: row.appointment_id,
  state: row.state,
  leaseToken,
});

const LEASABLE = prepared(`
  select id, organization_id, connection_id, appointment_id, state, now() + $2 * interval '1 ms' as until from transaction t
  where id = $1 and state in ('queued', 'retrying', 'parked', 'unknown') and due_at <= now() + interval '50 ms'
    and ${IS_OLDEST_OPEN} and (state = 'unknown' or not (${IS_WITHDRAWN}))
  for update of t skip locked`);

/** Leases the transaction for one run, or says undefined: not due, not open, not the oldest of its appointment, or another's. */
export async function lease(db: Database, transactionId: string, leaseMs: number): Promise<Lease | undefined> {
  return db.transaction(async (tx) => {
    const found = await tx.query<Row & { until: string }>(LEASABLE, [transactionId, leaseMs]);
    const [row] = found.rows;
    if (!row) return undefined;
    let ref = refOf(row);
    if (ref.state === 'retrying') ref = { ...ref, state: await takeEdge(tx, ref, 'due', {}) };
    if (ref.state === 'parked') ref = { ...ref, state: await takeEdge(tx, ref, 'resumed', {}) };
    const leaseToken = uuidv4();
    const state = await takeEdge(tx, ref, ref.state === 'unknown' ? 'looked-up' : 'leased', {
      lease_token: leaseToken,
      lease_until: row.until,
    });
    return { ...ref, state: state as Lease['state'], leaseToken };
  });
}

const BEGIN = prepared(`
  with renewed as (
    update transaction set attempts = attempts + 1, step = $3, lease_until = now() + $4 * interval '1 ms',
      mapping_version = coalesce($5, mapping_version)
    where id = $1 and lease_token = $2 returning attempts
  )
  insert into attempt (id, transaction_id, number, step, purpose, lease_token)
  select $6, $1, attempts, $3, $7, $2 from renewed returning id, number`);

/**
 * Writes the attempt, commits, and only then gives it back: no byte leaves for the HIS before the ledger knows.
 * Renews the lease. Undefined when the lease is lost.
 */
export async function beginAttempt(
  db: Database,
  held: Lease,
  attempt: { readonly step: string; readonly leaseMs: number; readonly mappingVersion: string | undefined },
): Promise<{ readonly id: string; readonly number: number } | undefined> {
  const begun = await db.query<{ id: string; number: number }>(BEGIN, [
    held.id,
    held.leaseToken,
    attempt.step,
    attempt.leaseMs,
    attempt.mappingVersion ?? null,
    newId(),
    held.state === 'verifying' ? 'look-up' : 'execute',
  ]);
  return begun.rows[0];
}

/**
 * Ends leases that have run out: their worker died, or lost its way. A write under way is unknown from now on, one that
 * was not begun is begun by the next, a look-up is due again. Returns the transactions that were freed.
 */
export async function endExpiredLeases(tx: Sql, limit: number): Promise<string[]> {
  const expired = await tx.query<Row & { lease_token: string; looks: number }>(
    `select id, organization_id, connection_id, appointment_id, state, lease_token, looks from transaction
     where state in ('sending', 'verifying') and lease_until < now()
     order by lease_until limit $1 for update skip locked`,
    [limit],
  );
  for (const row of expired.rows) {
    const ref = refOf(row, row.lease_token);
    const underWay = await tx.query(
      `insert into attempt_result (attempt_id, class, reason, duration_ms)
       select a.id, 'unknown', 'worker-lost', extract(epoch from now() - a.started_at) * 1000
       from attempt a left join attempt_result r on r.attempt_id = a.id
       where a.transaction_id = $1 and a.lease_token = $2 and r.attempt_id is null`,
      [row.id, row.lease_token],
    );
    const freed = { lease_token: null, lease_until: null, due_at: new Date().toISOString() };
    if (row.state === 'sending' && underWay.rowCount === 0) {
      // No attempt, no bytes; and without its lease the lost worker begins none any more.
      await takeEdge(tx, ref, 'postponed', freed, { reason: 'worker-lost' });
    } else if (row.state === 'sending') {
      await takeEdge(
        tx,
        ref,
        'answer-lost',
        { ...freed, unknown_since: new Date().toISOString(), looks: 0, absent_since: null },
        { reason: 'worker-lost' },
      );
    } else if (row.looks + 1 >= LOST_LOOKS_MAX) {
      // Whatever kills its workers, or keeps them from writing, will do so again.
      const settled = { settled_at: freed.due_at, error_class: 'unknown', error_code: 'worker-lost' };
      await takeEdge(tx, ref, 'unresolvable', { ...freed, ...settled }, { reason: 'worker-lost' });
    } else {
      await takeEdge(tx, ref, 'still-unknown', { ...freed, looks: row.looks + 1 }, { reason: 'worker-lost' });
    }
  }
  return expired.rows.map((row) => row.id);
}
