/** Holds. A repeat with the same Idempotency-Key, where one is sent, gets the first answer. */
import { answerOnce, type OnceParts } from '../../commands/answer-once.ts';
import { createHold, deleteHold, giveUpTakenSlot, type Hold, type HoldInput } from '../../commands/holds.ts';
import { HubError } from '../../domain/index.ts';
import type { Sql } from '../../db/database.ts';
import { slotConflict } from '../../queries/slot-conflict.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { changeRequest, type Answer } from './change-request.ts';
import { pathId } from './versioned-reply.ts';

/** At least as long as a HIS is waited for: until then a repeat is told that the first is still at work. */
const AT_HIS_MS = 5_000;

export interface HoldParts extends OnceParts {
  /** Reserves the slot at its HIS too, where the HIS has such a thing. */
  readonly holdAtHis: (slotId: string, expiresAt: string) => Promise<'held' | 'taken' | 'not-held'>;
}

export const holdRoutes = (parts: HoldParts) => {
  const { db } = parts;

  const take = async (tx: Sql, { caller, body }: ApiRequest<HoldInput>): Promise<Hold> => {
    const hold = await createHold(tx, caller, body);
    if (!hold) throw new HubError('slot-taken', 'The slot is not free.');
    return hold;
  };

  /** Throws slot-taken when the HIS knows better. */
  const askHis = async (hold: Hold): Promise<void> => {
    if ((await parts.holdAtHis(hold.slotId, hold.expiresAt)) !== 'taken') return;
    await giveUpTakenSlot(db, hold);
    throw new HubError('slot-taken', 'The HIS says that the slot is taken.');
  };

  const explain = async (request: ApiRequest<HoldInput>, refusal: HubError): Promise<HubError> =>
    refusal.code === 'slot-taken' ? slotConflict(db, request.caller, request.body.slotId) : refusal;

  return {
    async createHold(request: ApiRequest<HoldInput>) {
      let made: Hold | undefined;
      const work = async (tx: Sql): Promise<Hold> => (made = await take(tx, request));
      const confirm = async (): Promise<void> => {
        if (made) await askHis(made);
      };
      if (request.header('idempotency-key') !== undefined) {
        return answerOnce(
          parts,
          { ...changeRequest(request), waitMs: AT_HIS_MS },
          {
            work: async (tx) => ({ atOnce: shown(await work(tx)) }),
            confirm,
            answer: () => Promise.reject(new Error('a hold opens no transaction')),
            explain: (refusal) => explain(request, refusal),
          },
        );
      }
      try {
        const hold = await db.transaction(work);
        await confirm();
        return shown(hold);
      } catch (error) {
        throw error instanceof HubError ? await explain(request, error) : error;
      }
    },
    async deleteHold(request: ApiRequest) {
      await deleteHold(db, request.caller, pathId(request));
      return { status: 204 };
    },
  } satisfies Handlers;
};

const shown = (hold: Hold): Answer => ({ status: 201, headers: { location: `/v1/holds/${hold.id}` }, body: hold });
