/** Sends one failed or disputed transaction once more. Repeating the request is harmless: what is under way stays as it is. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { judgeOrder, replay, type ReplayAnswer, type ReplayMode } from '../ledger/replay.ts';
import { askForApproval } from '../ledger/replay-request.ts';
import { lockReplayFacts } from '../ledger/replay-verdict.ts';
import type { Seal } from '../ledger/seal.ts';

export interface ReplayParts {
  readonly db: Database;
  readonly queue: Queue;
  readonly seal: Seal;
}

export interface ReplayInput {
  readonly mode: ReplayMode;
  /** With mode `edited` only. */
  readonly payload?: { readonly reason: string | null };
  /** For the second person, where one is needed. */
  readonly why?: string;
}

/**
 * Where the policy of the connection asks for a second person, an edited one is not sent yet: it waits for approval.
 * Errors: not-found, validation, state-conflict (with why), slot-taken, unsupported-edit.
 */
export async function replayTransaction(
  { db, queue, seal }: ReplayParts,
  caller: Caller,
  transactionId: string,
  { mode, payload, why }: ReplayInput,
): Promise<void> {
  if (!isId(transactionId)) throw notFound('transaction');
  if ((mode === 'edited') !== (payload !== undefined)) {
    throw new HubError('validation', 'What is to be edited, and the mode "edited", go together.', {
      errors: [
        {
          pointer: '/payload',
          detail: mode === 'edited' ? 'expected what to change' : 'expected none, unless mode is edited',
        },
      ],
    });
  }
  await db.transaction(async (tx) => {
    const { organizationId, clientId } = caller;
    if (payload) {
      const facts = await lockReplayFacts(tx, organizationId, transactionId);
      if (!facts) throw notFound('transaction');
      if (facts.editNeedsApproval) {
        const verdict = await judgeOrder(tx, seal, facts, { edit: payload });
        if (verdict.kind !== 'replayable') return refuse(verdict);
        const asked = await askForApproval(tx, seal, facts, { clientId, edit: payload, why });
        if (asked === 'asked') return;
        throw new HubError(
          'state-conflict',
          'Another edit of this transaction waits for approval: have it approved or rejected first.',
        );
      }
    }
    const answer = await replay(tx, { queue, seal }, { organizationId, transactionId, clientId, mode, edit: payload });
    if (!answer) throw notFound('transaction');
    refuse(answer);
  });
}

const WHY_NOT = {
  open: 'The transaction is still being worked on by itself: wait until it is failed or needs_review.',
  'refused-by-his':
    'The transaction was refused by the HIS: that is its answer, not a failure. Ask for the change anew, in another way.',
  'appointment-changed':
    'The appointment is not as it was when the transaction failed: read it, and ask for what is still wanted as a new change.',
  'patient-erased': 'The patient was erased: there is nobody to book for.',
  'slot-moved': 'The HIS has given the slot another time since: the patient must agree to it. Book anew.',
} as const;

/** Throws what keeps it from being replayed. */
export function refuse(answer: ReplayAnswer): void {
  switch (answer.kind) {
    case 'replayed':
    case 'under-way':
      return;
    case 'already-done':
      throw new HubError('state-conflict', 'What the transaction wanted is done: there is nothing to send once more.');
    case 'superseded': {
      const { laterTransactionId } = answer;
      throw new HubError(
        'state-conflict',
        laterTransactionId === null
          ? 'The transaction was superseded: it had become pointless before it was sent.'
          : `The transaction was superseded by ${laterTransactionId}: to send it now would undo what was asked later. Look at that one.`,
        { members: laterTransactionId === null ? {} : { laterTransactionId } },
      );
    }
    case 'will-conflict':
      throw new HubError('slot-taken', 'The slot is not free any more.');
    case 'unsupported-edit':
      throw new HubError(
        'unsupported-edit',
        'Only the reason of a failed booking or cancellation can be edited, and it must differ from the present one.',
        { errors: [{ pointer: '/payload', detail: 'expected another reason, of a failed booking or cancellation' }] },
      );
    case 'not-replayable':
      throw new HubError('state-conflict', WHY_NOT[answer.why]);
    default:
      answer satisfies never;
  }
}
