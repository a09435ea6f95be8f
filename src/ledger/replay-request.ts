/** An edited replay that waits for a second person: what would be changed is kept, sealed, and nothing is sent. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from './event.ts';
import { readReason, type ReplayEdit } from './replay-edit.ts';
import type { ReplayFacts } from './replay-verdict.ts';
import type { Seal } from './seal.ts';

const rowOf = (id: string, column: 'before' | 'after' | 'reason'): string => `replay_request/${id}/${column}`;

export interface ReplayRequest {
  readonly id: string;
  readonly clientId: string;
  readonly edit: ReplayEdit;
}

/** The caller holds the appointment's row. The same edit asked for again is the same request; another one is refused: `waiting`. */
export async function askForApproval(
  tx: Sql,
  seal: Seal,
  facts: ReplayFacts,
  asked: { readonly clientId: string; readonly edit: ReplayEdit; readonly why: string | undefined },
): Promise<'asked' | 'waiting'> {
  const waiting = await waitingRequest(tx, seal, facts.id);
  if (waiting) return waiting.edit.reason === asked.edit.reason ? 'asked' : 'waiting';
  const id = newId();
  const before = { reason: await readReason(tx, seal, facts) };
  await tx.query(
    `insert into replay_request (id, organization_id, transaction_id, client_id, members, before, after, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      facts.organizationId,
      facts.id,
      asked.clientId,
      Object.keys(before),
      seal.close(rowOf(id, 'before'), JSON.stringify(before)),
      seal.close(rowOf(id, 'after'), JSON.stringify(asked.edit)),
      asked.why === undefined ? null : seal.close(rowOf(id, 'reason'), asked.why),
    ],
  );
  await tell(tx, facts, 'replay.requested', { by: asked.clientId, requestId: id, changed: Object.keys(before) });
  return 'asked';
}

/** The request that waits; the caller holds the appointment's row, so that it is decided once. */
export async function waitingRequest(tx: Sql, seal: Seal, transactionId: string): Promise<ReplayRequest | undefined> {
  const found = await tx.query<{ id: string; client_id: string; after: Buffer }>(
    `select id, client_id, after from replay_request where transaction_id = $1 and state = 'waiting'`,
    [transactionId],
  );
  const [row] = found.rows;
  if (!row) return undefined;
  const edit = JSON.parse(seal.open(rowOf(row.id, 'after'), row.after)) as ReplayEdit;
  return { id: row.id, clientId: row.client_id, edit };
}

export async function decideRequest(
  tx: Sql,
  facts: ReplayFacts,
  request: ReplayRequest,
  state: 'approved' | 'rejected',
  clientId: string,
): Promise<void> {
  await tx.query(`update replay_request set state = $2, decided_by = $3, decided_at = now() where id = $1`, [
    request.id,
    state,
    clientId,
  ]);
  await tell(tx, facts, `replay.${state}`, { by: clientId, requestedBy: request.clientId, requestId: request.id });
}

const tell = (tx: Sql, facts: ReplayFacts, type: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
  appendEvents(tx, [
    {
      type,
      organizationId: facts.organizationId,
      connectionId: facts.connectionId,
      appointmentId: facts.appointmentId,
      transactionId: facts.id,
      data,
    },
  ]);

/** What the last request of the transaction would change, opened. Undefined: there was none. */
export async function openRequest(
  sql: Sql,
  seal: Seal,
  organizationId: string,
  transactionId: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = await sql.query<{ id: string; shown: object; before: Buffer; after: Buffer; reason: Buffer | null }>(
    `select id, before, after, reason, jsonb_build_object('state', state, 'requestedBy', client_id, 'requestedAt', asked_at,
       'changed', members, 'decidedBy', decided_by, 'decidedAt', decided_at) as shown
     from replay_request where transaction_id = $1 and organization_id = $2 order by id desc limit 1`,
    [transactionId, organizationId],
  );
  const [row] = found.rows;
  return (
    row && {
      id: row.id,
      transactionId,
      ...row.shown,
      before: JSON.parse(seal.open(rowOf(row.id, 'before'), row.before)) as unknown,
      after: JSON.parse(seal.open(rowOf(row.id, 'after'), row.after)) as unknown,
      why: row.reason && seal.open(rowOf(row.id, 'reason'), row.reason),
    }
  );
}
