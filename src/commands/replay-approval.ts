/** The second person's word on an edited replay, where the policy of the connection asks for one. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { replay } from '../ledger/replay.ts';
import { decideRequest, openRequest, waitingRequest, type ReplayRequest } from '../ledger/replay-request.ts';
import { lockReplayFacts, type ReplayFacts } from '../ledger/replay-verdict.ts';
import { refuse, type ReplayParts } from './replay.ts';

/** Sends it. Errors: not-found, forbidden (the one who asked), state-conflict, slot-taken, unsupported-edit. */
export async function approveReplay({ db, queue, seal }: ReplayParts, caller: Caller, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [facts, request] = await lockRequest(tx, { seal }, caller, id);
    if (request.clientId === caller.clientId) {
      throw new HubError(
        'forbidden',
        'You asked for this replay yourself: another person must approve it. You may reject it.',
        { members: { requestedBy: request.clientId } },
      );
    }
    const answer = await replay(
      tx,
      { queue, seal },
      {
        organizationId: caller.organizationId,
        transactionId: id,
        clientId: request.clientId,
        approvedBy: caller.clientId,
        mode: 'edited',
        edit: request.edit,
      },
    );
    if (!answer) throw notFound('transaction');
    if (answer.kind === 'under-way') {
      throw new HubError(
        'state-conflict',
        'The transaction was sent once more meanwhile, and is at work: reject the edit, or wait.',
      );
    }
    refuse(answer);
    await decideRequest(tx, facts, request, 'approved', caller.clientId);
  });
}

/** Errors: not-found, state-conflict. */
export async function rejectReplay({ db, seal }: ReplayParts, caller: Caller, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [facts, request] = await lockRequest(tx, { seal }, caller, id);
    await decideRequest(tx, facts, request, 'rejected', caller.clientId);
  });
}

/** What the last request would change. Errors: not-found. */
export async function readReplayApproval({ db, seal }: ReplayParts, caller: Caller, id: string): Promise<object> {
  if (!isId(id)) throw notFound('transaction');
  const request = await openRequest(db, seal, caller.organizationId, id);
  if (!request) throw notFound('edited replay');
  return request;
}

async function lockRequest(
  tx: Sql,
  { seal }: Pick<ReplayParts, 'seal'>,
  caller: Caller,
  id: string,
): Promise<[ReplayFacts, ReplayRequest]> {
  if (!isId(id)) throw notFound('transaction');
  const facts = await lockReplayFacts(tx, caller.organizationId, id);
  if (!facts) throw notFound('transaction');
  const request = await waitingRequest(tx, seal, id);
  if (!request) throw new HubError('state-conflict', 'No edited replay of this transaction waits for a decision.');
  return [facts, request];
}
