/**
 * Sends a transaction once more: the same one, under the same id, so that whoever looks at the HIS finds one request with one
 * reference, however often it was sent.
 */
import type { TransactionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { appendEvents } from './event.ts';
import { handOver } from './hand-over.ts';
import { applyReplayEdit, changesNothing, type ReplayEdit } from './replay-edit.ts';
import { judgeReplay, lockReplayFacts, type ReplayFacts, type ReplayVerdict } from './replay-verdict.ts';
import type { Seal } from './seal.ts';
import { claimSlot } from './slot-claim.ts';
import { takeEdge } from './transition.ts';

/** `remap`: written anew, with the present versions of the mappings; the others with those that it began with. */
export type ReplayMode = 'same' | 'remap' | 'edited';

export interface ReplayOrder {
  readonly organizationId: string;
  readonly transactionId: string;
  /** Who wants it. */
  readonly clientId: string;
  readonly mode: ReplayMode;
  readonly edit?: ReplayEdit | undefined;
  readonly planId?: string;
  /** The second person, where one was needed. */
  readonly approvedBy?: string;
}

export type ReplayAnswer =
  | { readonly kind: 'replayed'; readonly state: TransactionState }
  | { readonly kind: 'unsupported-edit' }
  | Exclude<ReplayVerdict, { kind: 'replayable' }>;

/**
 * In the caller's database transaction; anything but `replayed` has changed nothing. Undefined: no such transaction.
 * Lock order: appointment, transaction, slot.
 */
export async function replay(
  tx: Sql,
  { queue, seal }: { readonly queue: Queue; readonly seal: Seal },
  order: ReplayOrder,
): Promise<ReplayAnswer | undefined> {
  const facts = await lockReplayFacts(tx, order.organizationId, order.transactionId);
  if (!facts) return undefined;
  const verdict = await judgeOrder(tx, seal, facts, order);
  if (verdict.kind !== 'replayable') return verdict;
  if (!verdict.asksFirst && facts.kind !== 'cancel' && !(await claim(tx, facts, order)))
    return { kind: 'will-conflict' };
  const changed = order.edit ? await applyReplayEdit(tx, seal, facts, order.clientId, order.edit) : [];
  const dueAt = new Date().toISOString();
  await tx.query(
    `update transaction set replays = replays + 1, released_at = null, from_slot_id =
       case when kind = 'reschedule' and $3 then $2::uuid else from_slot_id end,
       mapping_version = case when $4 then null else mapping_version end
     where id = $1`,
    [facts.id, facts.appointmentSlotId, !verdict.asksFirst, order.mode === 'remap'],
  );
  const state = await takeEdge(
    tx,
    { ...facts, leaseToken: null },
    'replayed',
    {
      settled_at: null,
      due_at: dueAt,
      retries: 0,
      looks: 0,
      resends: 0,
      absent_since: null,
      error_class: null,
      error_code: null,
      unknown_since: verdict.asksFirst ? dueAt : null,
      // What a failed one had begun came to nothing; of a disputed one the step that is in doubt is looked up.
      ...(verdict.asksFirst ? {} : { step: null, step_external_id: null, step_identifiers: '[]' }),
    },
    eventData(facts, order, changed),
  );
  if (verdict.asksFirst) {
    await queue.send(tx, { transactionId: facts.id, dueAt });
  } else {
    await reopenAppointment(tx, facts);
    await handOver(tx, queue, facts.appointmentId);
  }
  return { kind: 'replayed', state };
}

/** What would come of it, as far as that is known before anything is claimed. Changes nothing. */
export async function judgeOrder(
  tx: Sql,
  seal: Seal,
  facts: ReplayFacts,
  { edit }: Pick<ReplayOrder, 'edit'>,
): Promise<ReplayVerdict | { readonly kind: 'unsupported-edit' }> {
  const verdict = judgeReplay(facts);
  if (verdict.kind !== 'replayable' || !edit) return verdict;
  // What is in doubt may be at the HIS already, as it was: it cannot be another now.
  const isPointless = verdict.asksFirst || (await changesNothing(tx, seal, facts, edit));
  return isPointless ? { kind: 'unsupported-edit' } : verdict;
}

/** The slot was given back when the transaction failed. */
async function claim(tx: Sql, facts: ReplayFacts, order: ReplayOrder): Promise<boolean> {
  const claimed = await claimSlot(tx, {
    organizationId: order.organizationId,
    clientId: order.clientId,
    slotId: facts.slotId,
    holdId: null,
    appointmentId: facts.appointmentId,
  });
  return claimed !== undefined;
}

/** A booking that had failed left its appointment rejected: this is the one way out of there, and is told as such. */
async function reopenAppointment(tx: Sql, facts: ReplayFacts): Promise<void> {
  await tx.query(
    `update appointment set status = case when status = 'rejected' then 'pending' else status end,
       version = version + 1, updated_at = now() where id = $1`,
    [facts.appointmentId],
  );
  if (facts.kind !== 'book') return;
  const { organizationId, connectionId, appointmentId, id: transactionId } = facts;
  await appendEvents(tx, [
    { type: 'appointment.reopened', organizationId, connectionId, appointmentId, transactionId },
  ]);
}

const eventData = (facts: ReplayFacts, order: ReplayOrder, changed: readonly string[]) => ({
  mode: order.mode,
  by: order.clientId,
  replay: facts.replays + 1,
  before: { state: facts.state, errorCode: facts.errorCode, mappingVersion: facts.mappingVersion },
  ...(changed.length > 0 ? { changed } : {}),
  ...(order.approvedBy === undefined ? {} : { approvedBy: order.approvedBy }),
  ...(order.planId === undefined ? {} : { planId: order.planId }),
});
