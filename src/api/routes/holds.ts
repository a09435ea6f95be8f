/** Holds. A repeat with the same Idempotency-Key, where one is sent, gets the first answer. */
import { answerOnce, type OnceParts } from '../../commands/answer-once.ts';
import { createHold, deleteHold, type Hold, type HoldInput } from '../../commands/holds.ts';
import { HubError } from '../../domain/index.ts';
import type { Sql } from '../../db/database.ts';
import { slotConflict } from '../../queries/slot-conflict.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { changeRequest, type Answer } from './change-request.ts';
import { pathId } from './versioned-reply.ts';

export const holdRoutes = (parts: OnceParts) => {
  const { db } = parts;
  const take = async (tx: Sql, { caller, body }: ApiRequest<HoldInput>): Promise<Hold> => {
    const hold = await createHold(tx, caller, body);
    if (!hold) throw new HubError('slot-taken', 'The slot is not free.');
    return hold;
  };
  const shown = (hold: Hold): Answer => ({ status: 201, headers: { location: `/v1/holds/${hold.id}` }, body: hold });

  return {
    async createHold(request: ApiRequest<HoldInput>) {
      const explain = async (refusal: HubError): Promise<HubError> =>
        refusal.code === 'slot-taken' ? slotConflict(db, request.caller, request.body.slotId) : refusal;
      if (request.header('idempotency-key') === undefined) {
        return db
          .transaction((tx) => take(tx, request))
          .then(shown, async (error: unknown) => {
            throw error instanceof HubError ? await explain(error) : error;
          });
      }
      return answerOnce(parts, changeRequest(request), {
        work: async (tx) => ({ atOnce: shown(await take(tx, request)) }),
        answer: () => Promise.reject(new Error('a hold waits for no HIS')),
        explain,
      });
    },
    async deleteHold(request: ApiRequest) {
      await deleteHold(db, request.caller, pathId(request));
      return { status: 204 };
    },
  } satisfies Handlers;
};
