/** What a person decides about messages of HISs that could not be processed. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { applyAgain, dismiss } from '../ledger/held-message.ts';

/** It is in line to be applied once more. Errors: not-found; state-conflict: it is not held. */
export const replayMessage = (db: Database, caller: Caller, id: string): Promise<void> =>
  decide(db, caller, id, ['held', 'dismissed', 'replaying'], (tx, state) =>
    state === 'replaying' ? Promise.resolve() : applyAgain(tx, id, caller.clientId),
  );

/** Nothing is made of it. Errors: as above. */
export const dismissMessage = (db: Database, caller: Caller, id: string): Promise<void> =>
  decide(db, caller, id, ['held', 'dismissed'], (tx, state) =>
    state === 'dismissed' ? Promise.resolve() : dismiss(tx, id, caller.clientId),
  );

async function decide(
  db: Database,
  caller: Caller,
  id: string,
  states: readonly string[],
  effect: (tx: Sql, state: string) => Promise<void>,
): Promise<void> {
  if (!isId(id)) throw notFound('message');
  await db.transaction(async (tx) => {
    const found = await tx.query<{ state: string | null }>(
      `select h.state from received_message m left join held_message h on h.received_message_id = m.id
       where m.id = $1 and m.organization_id = $2 for update of m`,
      [id, caller.organizationId],
    );
    const [row] = found.rows;
    if (!row) throw notFound('message');
    if (row.state === null || !states.includes(row.state))
      throw new HubError(
        'state-conflict',
        'The message is not held: the model has what it says, or will have it soon.',
      );
    await effect(tx, row.state);
  });
}
