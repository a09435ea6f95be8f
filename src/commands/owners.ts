/** Who takes on what waits for a person: a transaction, or a message of a HIS that is held. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { TERMINAL } from '../ledger/state-lists.ts';

export interface OwnerInput {
  /** Whose it is from now on; null: nobody's. */
  readonly userId: string | null;
  /** Whose it was when the caller looked; null or absent: nobody's. */
  readonly insteadOf?: string | null;
}

interface Work {
  readonly kind: 'transaction' | 'message';
  readonly id: string;
  readonly connectionId: string;
  readonly appointmentId: string | null;
  /** Where it is; null: of the whole organization. */
  readonly locationId: string | null;
  /** Something is left to be done. */
  readonly waits: boolean;
}

/** Asked again with the same person, nothing changes. Errors: not-found; validation: no such person; state-conflict: as `assign` says. */
export const assignTransaction = (db: Database, caller: Caller, id: string, input: OwnerInput): Promise<void> =>
  db.transaction(async (tx) => assign(tx, caller, await findTransaction(tx, caller, id), input));

/** As above. */
export const assignMessage = (db: Database, caller: Caller, id: string, input: OwnerInput): Promise<void> =>
  db.transaction(async (tx) => assign(tx, caller, await findMessage(tx, caller, id), input));

/** Errors: state-conflict, when it is settled, or another has it than the caller believes. */
async function assign(tx: Sql, caller: Caller, work: Work, input: OwnerInput): Promise<void> {
  const { userId, insteadOf = null } = input;
  const before = await ownerOf(tx, work);
  if (before === userId) return;
  if (userId !== null) {
    if (!work.waits) throw new HubError('state-conflict', `The ${work.kind} is settled: nobody has to take it on.`);
    if (userId !== caller.clientId) await checkPerson(tx, caller, work, userId);
  }
  if (before === insteadOf && (await write(tx, caller, work, insteadOf, userId))) return tell(tx, caller, work, userId);
  const ownerId = await ownerOf(tx, work);
  // Two who gave it to the same person both got what they wanted.
  if (ownerId === userId) return;
  throw new HubError(
    'state-conflict',
    ownerId === null
      ? `The ${work.kind} is nobody's meanwhile. Look at it again, then take it with insteadOf null.`
      : `Somebody else has the ${work.kind} meanwhile. Look at it again; to take it over, name its owner as insteadOf.`,
    { members: { ownerId } },
  );
}

/** Each is one statement that finds the owner as it was believed to be, or changes nothing: of two at once one succeeds. */
async function write(
  tx: Sql,
  { organizationId, clientId }: Caller,
  { kind, id }: Work,
  insteadOf: string | null,
  userId: string | null,
): Promise<boolean> {
  const column = kind === 'transaction' ? 'transaction_id' : 'received_message_id';
  const written =
    insteadOf === null
      ? await tx.query(
          `insert into work_owner (subject_id, ${column}, organization_id, owner_id, assigned_by) values ($2, $2, $1, $3, $4)
           on conflict (subject_id) do nothing`,
          [organizationId, id, userId, clientId],
        )
      : userId === null
        ? await tx.query('delete from work_owner where subject_id = $1 and owner_id = $2', [id, insteadOf])
        : await tx.query(
            `update work_owner set owner_id = $3, assigned_by = $4, since = now() where subject_id = $1 and owner_id = $2`,
            [id, insteadOf, userId, clientId],
          );
  return written.rowCount === 1;
}

const tell = (tx: Sql, caller: Caller, work: Work, ownerId: string | null): Promise<void> =>
  appendEvents(tx, [
    {
      type: 'work.assigned',
      organizationId: caller.organizationId,
      connectionId: work.connectionId,
      ...(work.kind === 'transaction' && { appointmentId: work.appointmentId, transactionId: work.id }),
      data: { ownerId, by: caller.clientId, ...(work.kind === 'message' && { messageId: work.id }) },
    },
  ]);

async function ownerOf(tx: Sql, { id }: Work): Promise<string | null> {
  const found = await tx.query<{ owner_id: string }>('select owner_id from work_owner where subject_id = $1', [id]);
  return found.rows[0]?.owner_id ?? null;
}

/** Somebody else than the caller is known by an account, and must be able to see what they are given. */
async function checkPerson(tx: Sql, caller: Caller, { locationId }: Work, userId: string): Promise<void> {
  const found = isId(userId)
    ? await tx.query(
        `select 1 from account where id = $1 and organization_id = $2 and role in ('support', 'engineer', 'admin')
           and disabled_at is null and (location_ids is null or $3::uuid = any(location_ids))`,
        [userId, caller.organizationId, locationId],
      )
    : undefined;
  if (found?.rowCount === 1) return;
  throw new HubError('validation', 'It can be given to people of your organization who may see it.', {
    errors: [{ pointer: '/userId', detail: 'expected one of GET /v1/owners who may see it, or null' }],
  });
}

async function findTransaction(tx: Sql, caller: Caller, id: string): Promise<Work> {
  const found = isId(id)
    ? await tx.query<Omit<Work, 'kind'> & Record<string, unknown>>(
        `select t.id, t.connection_id as "connectionId", t.appointment_id as "appointmentId", a.location_id as "locationId",
           t.state not in ${TERMINAL} as waits
         from transaction t join appointment a on a.id = t.appointment_id where t.id = $1 and t.organization_id = $2`,
        [id, caller.organizationId],
      )
    : undefined;
  const [row] = found?.rows ?? [];
  if (!row) throw notFound('transaction');
  return { ...row, kind: 'transaction' };
}

async function findMessage(tx: Sql, caller: Caller, id: string): Promise<Work> {
  const found = isId(id)
    ? await tx.query<{ id: string; connectionId: string; waits: boolean }>(
        `select m.id, m.connection_id as "connectionId", coalesce(h.state = 'held', false) as waits
         from received_message m left join held_message h on h.received_message_id = m.id
         where m.id = $1 and m.organization_id = $2`,
        [id, caller.organizationId],
      )
    : undefined;
  const [row] = found?.rows ?? [];
  if (!row) throw notFound('message');
  return { ...row, kind: 'message', appointmentId: null, locationId: null };
}
