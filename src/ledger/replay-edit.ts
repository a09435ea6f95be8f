/** What a person changes of a failed request before it is sent once more; kept, sealed, as it was and as it is. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import { reasonRow } from './open-transaction.ts';
import type { ReplayFacts } from './replay-verdict.ts';
import { openReason, sealReason, type Seal } from './seal.ts';

export interface ReplayEdit {
  readonly reason: string | null;
}

/** A move tells its HIS no reason. */
export async function changesNothing(tx: Sql, seal: Seal, facts: ReplayFacts, edit: ReplayEdit): Promise<boolean> {
  return facts.kind === 'reschedule' || (await readReason(tx, seal, facts)) === edit.reason;
}

/** The reason as the HIS would be told it. */
export async function readReason(tx: Sql, seal: Seal, facts: ReplayFacts): Promise<string | null> {
  const found = await tx.query<{ booking: Buffer | null; cancellation: Buffer | null }>(
    `select a.reason as booking, t.reason as cancellation
     from transaction t join appointment a on a.id = t.appointment_id where t.id = $1`,
    [facts.id],
  );
  const [row] = found.rows;
  if (facts.kind !== 'cancel') return openReason(seal, facts.appointmentId, row?.booking ?? null);
  return row?.cancellation ? seal.open(reasonRow(facts.appointmentId), row.cancellation) : null;
}

/** Returns the names of what was changed. */
export async function applyReplayEdit(
  tx: Sql,
  seal: Seal,
  facts: ReplayFacts,
  clientId: string,
  edit: ReplayEdit,
): Promise<string[]> {
  const before = { reason: await readReason(tx, seal, facts) };
  if (facts.kind === 'cancel') {
    const sealed = edit.reason === null ? null : seal.close(reasonRow(facts.appointmentId), edit.reason);
    await tx.query('update transaction set reason = $2 where id = $1', [facts.id, sealed]);
  } else {
    await tx.query('update appointment set reason = $2 where id = $1', [
      facts.appointmentId,
      sealReason(seal, facts.appointmentId, edit.reason),
    ]);
  }
  const id = newId();
  await tx.query(
    `insert into replay_edit (id, transaction_id, client_id, members, before, after) values ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      facts.id,
      clientId,
      Object.keys(before),
      seal.close(`replay_edit/${id}/before`, JSON.stringify(before)),
      seal.close(`replay_edit/${id}/after`, JSON.stringify(edit)),
    ],
  );
  return Object.keys(before);
}
