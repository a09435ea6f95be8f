/** Breaking the glass: somebody must see what was sent as it was, says why, and is on record for it before anything is shown. */
import { newId } from '../db/new-id.ts';
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Database } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import type { Seal } from '../ledger/seal.ts';

export interface RevealParts {
  readonly db: Database;
  readonly seal: Seal;
}

/** So long it may be looked at. */
const SHOWN_MS = 15 * 60_000;

/** Returns when it is to be hidden again, RFC 3339. The caller has seen to it that the transaction may be seen. Errors: not-found. */
export async function recordReveal(
  { db, seal }: RevealParts,
  caller: Caller,
  transactionId: string,
  reason: string,
): Promise<string> {
  if (!isId(transactionId)) throw notFound('transaction');
  const id = newId();
  const hiddenAt = new Date(Date.now() + SHOWN_MS).toISOString();
  await db.transaction(async (tx) => {
    const made = await tx.query<{ connection_id: string; appointment_id: string }>(
      `insert into reveal (id, organization_id, connection_id, transaction_id, client_id, reason, hidden_at)
       select $1, t.organization_id, t.connection_id, t.id, $2, $3, $4 from transaction t
       where t.id = $5 and t.organization_id = $6
       returning connection_id, (select appointment_id from transaction where id = $5) as appointment_id`,
      [id, caller.clientId, seal.close(`reveal/${id}`, reason), hiddenAt, transactionId, caller.organizationId],
    );
    const [row] = made.rows;
    if (!row) throw notFound('transaction');
    await appendEvents(tx, [
      {
        type: 'payload.revealed',
        organizationId: caller.organizationId,
        connectionId: row.connection_id,
        appointmentId: row.appointment_id,
        transactionId,
        data: { by: caller.clientId, hiddenAt },
      },
    ]);
  });
  return hiddenAt;
}
