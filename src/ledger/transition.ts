/** The one place where a transaction changes its state: by an edge of the table, fenced by the lease, with the edge's event. */
import { edgeFor, type TransactionState, type TransactionTrigger } from '../domain/index.ts';
import { prepared, type Sql } from '../db/database.ts';
import { appendEvents, type NewEvent } from './event.ts';

export interface TransactionRef {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly state: TransactionState;
  /** The lease under which the change is made; null when the transaction is not leased. */
  readonly leaseToken: string | null;
}

/** Columns that a change of state may set beside the state itself. */
export interface TransactionChanges {
  readonly step?: string | null;
  readonly step_external_id?: string | null;
  /** JSON text of an Identifier[]. */
  readonly step_identifiers?: string;
  readonly retries?: number;
  readonly looks?: number;
  readonly resends?: number;
  readonly unknown_since?: string | null;
  readonly absent_since?: string | null;
  readonly error_class?: string | null;
  readonly error_code?: string | null;
  readonly due_at?: string;
  readonly lease_token?: string | null;
  readonly lease_until?: string | null;
  readonly settled_at?: string | null;
}

/** Somebody else owns the transaction now: whatever was found out must not be written. */
export class LeaseLost extends Error {
  constructor(transactionId: string) {
    super(`transaction ${transactionId} is no longer leased to this worker: its result is not written`);
    this.name = 'LeaseLost';
  }
}

/** Changes columns of a leased transaction whose state stays. Throws LeaseLost when the row has moved on. */
export function changeLeased(tx: Sql, transaction: TransactionRef, changes: TransactionChanges): Promise<void> {
  return update(tx, transaction, changes);
}

type Columns = TransactionChanges & { readonly state?: TransactionState };

async function update(tx: Sql, transaction: TransactionRef, changes: Columns): Promise<void> {
  const { sets, values } = columnsOf(changes, 4);
  // As many texts as there are sets of columns in this program.
  const text = prepared(
    `update transaction set ${sets} where id = $1 and state = $2 and lease_token is not distinct from $3::uuid`,
  );
  const updated = await tx.query(text, [transaction.id, transaction.state, transaction.leaseToken, ...values]);
  if (updated.rowCount !== 1) throw new LeaseLost(transaction.id);
}

function columnsOf(changes: Columns, from: number): { readonly sets: string; readonly values: readonly unknown[] } {
  const columns = Object.entries<unknown>({ ...changes }).filter(([, value]) => value !== undefined);
  return {
    sets: columns.map(([column], index) => `${column} = $${index + from}`).join(', '),
    values: columns.map(([, value]) => value),
  };
}

/** Takes the edge `on` from the transaction's state. Throws LeaseLost when the row has moved on, a plain Error when there is no such edge. */
export async function takeEdge(
  tx: Sql,
  transaction: TransactionRef,
  on: TransactionTrigger,
  changes: TransactionChanges,
  data: Readonly<Record<string, unknown>> = {},
): Promise<TransactionState> {
  const edge = edgeFor(transaction.state, on);
  await update(tx, transaction, { state: edge.to, ...changes });
  await appendEvents(tx, [eventOf(transaction, edge.emits, data)]);
  return edge.to;
}

/**
 * The same edge from the same state for many that nobody has leased, in two statements. The caller holds their rows: throws
 * LeaseLost, and changes none, when one of them has moved on.
 */
export async function takeEdgeTogether(
  tx: Sql,
  state: TransactionState,
  transactions: readonly Omit<TransactionRef, 'state' | 'leaseToken'>[],
  on: TransactionTrigger,
  changes: TransactionChanges,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (transactions.length === 0) return;
  const edge = edgeFor(state, on);
  const { sets, values } = columnsOf({ state: edge.to, ...changes }, 3);
  const updated = await tx.query(
    `update transaction set ${sets} where id = any($1) and state = $2 and lease_token is null`,
    [transactions.map(({ id }) => id), state, ...values],
  );
  if (updated.rowCount !== transactions.length) throw new LeaseLost(transactions.map(({ id }) => id).join(', '));
  await appendEvents(
    tx,
    transactions.map((each) => eventOf(each, edge.emits, data)),
  );
}

const eventOf = (
  { id, organizationId, connectionId, appointmentId }: Omit<TransactionRef, 'state' | 'leaseToken'>,
  type: string,
  data: Readonly<Record<string, unknown>>,
): NewEvent => ({ organizationId, connectionId, appointmentId, transactionId: id, type, data });
