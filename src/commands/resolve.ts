/** A person says what became of a transaction whose outcome nobody else can find out. */
import {
  HubError,
  isId,
  notFound,
  type Caller,
  type Identifier,
  type TransactionKind,
  type TransactionState,
} from '../domain/index.ts';
import { isUniqueViolation, type Sql } from '../db/database.ts';
import { conclude } from '../ledger/settle.ts';
import { releaseSlot } from '../ledger/slot-claim.ts';
import { takeEdge } from '../ledger/transition.ts';
import type { ReplayParts } from './replay.ts';

/** booked: the HIS has done it, whatever the change was; absent: it has not. */
export interface ResolveInput {
  readonly as: 'booked' | 'absent';
  /** The HIS's key of the appointment; needed for a booking that is there. */
  readonly externalId?: string;
  readonly reason: string;
}

/** What was resolved can be resolved the same way again, with no effect. Errors: not-found, validation, state-conflict. */
export async function resolveTransaction(
  { db, queue, seal }: ReplayParts,
  caller: Caller,
  id: string,
  input: ResolveInput,
): Promise<void> {
  if (!isId(id)) throw notFound('transaction');
  await db
    .transaction(async (tx) => {
      const disputed = await lock(tx, caller, id);
      if (disputed.state !== 'needs_review') return explainState(disputed, input);
      checkExternalId(disputed.kind, input);
      const overtaken = disputed.released && (await isOvertaken(tx, disputed, id));
      const ref = { ...disputed, id, organizationId: caller.organizationId, leaseToken: null };
      const isBooked = input.as === 'booked';
      const errorCode = isBooked ? null : 'resolved-as-absent';
      await takeEdge(
        tx,
        ref,
        isBooked ? 'resolved-as-booked' : 'resolved-as-absent',
        { settled_at: new Date().toISOString(), error_code: errorCode, ...(isBooked ? { error_class: null } : {}) },
        { as: input.as, by: caller.clientId },
      );
      await tx.query(
        `insert into resolution (transaction_id, client_id, resolved_as, external_id, reason) values ($1, $2, $3, $4, $5)`,
        [id, caller.clientId, input.as, input.externalId ?? null, seal.close(`resolution/${id}`, input.reason)],
      );
      // The appointment is what the later change has made of it; only the slot that this one wanted is given back.
      if (overtaken && isBooked) {
        if (disputed.kind === 'reschedule') await releaseSlot(tx, disputed.slotId, disputed.appointmentId, 'free');
        return;
      }
      await conclude(tx, queue, ref, isBooked ? 'succeeded' : 'rejected', {
        kind: disputed.kind,
        slotId: disputed.slotId,
        fromSlotId: disputed.fromSlotId,
        ...keysOf(disputed, input),
        slotTaken: false,
        errorCode,
      });
    })
    .catch(explainKey);
}

interface Disputed {
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly slotId: string;
  readonly fromSlotId: string | null;
  readonly stepExternalId: string | null;
  readonly stepIdentifiers: readonly Identifier[];
  readonly released: boolean;
  readonly resolvedAs: string | null;
  readonly resolvedKey: string | null;
}

/** Lock order: appointment, transaction. */
async function lock(tx: Sql, caller: Caller, id: string): Promise<Disputed> {
  await tx.query(
    `select 1 from appointment where organization_id = $2
       and id = (select appointment_id from transaction where id = $1) for update`,
    [id, caller.organizationId],
  );
  const found = await tx.query<Disputed & Record<string, unknown>>(
    `select t.connection_id as "connectionId", t.appointment_id as "appointmentId", t.kind, t.state, t.slot_id as "slotId",
       t.from_slot_id as "fromSlotId", t.step_external_id as "stepExternalId", t.step_identifiers as "stepIdentifiers",
       t.released_at is not null as released,
       r.resolved_as as "resolvedAs", r.external_id as "resolvedKey"
     from transaction t left join resolution r on r.transaction_id = t.id
     where t.id = $1 and t.organization_id = $2 for update of t`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('transaction');
  return row;
}

/**
 * Something asked later was executed since it was set aside. Errors: state-conflict, while that is under way: what it starts from
 * must not change now.
 */
async function isOvertaken(tx: Sql, { appointmentId }: Disputed, id: string): Promise<boolean> {
  const found = await tx.query<{ id: string; state: TransactionState }>(
    `select id, state from transaction where appointment_id = $1 and state not in ('rejected', 'superseded', 'failed')
       and sequence > (select sequence from transaction where id = $2) order by sequence desc`,
    [appointmentId, id],
  );
  const open = found.rows.find(({ state }) => state !== 'succeeded');
  if (!open) return found.rows.length > 0;
  throw new HubError(
    'state-conflict',
    `Transaction ${open.id}, which was asked later, is ${open.state}: wait until it is settled, then resolve this one.`,
    { members: { laterTransactionId: open.id } },
  );
}

function explainState({ state, resolvedAs, resolvedKey }: Disputed, input: ResolveInput): void {
  if (resolvedAs === input.as && resolvedKey === (input.externalId ?? null)) return;
  throw new HubError(
    'state-conflict',
    resolvedAs === null
      ? `Only a transaction that is needs_review can be resolved by hand; this one is ${state}.`
      : `The transaction was resolved as ${resolvedAs} already; that cannot be taken back. Change the appointment instead.`,
    { members: { state } },
  );
}

function checkExternalId(kind: TransactionKind, { as, externalId }: ResolveInput): void {
  const detail =
    as === 'absent' && externalId !== undefined
      ? 'expected none: what is not at the HIS has no key there'
      : as === 'booked' && kind === 'book' && externalId === undefined
        ? 'expected the key of the appointment at the HIS: without it nobody could move or cancel it'
        : undefined;
  if (detail === undefined) return;
  throw new HubError('validation', 'The key at the HIS goes with what is there.', {
    errors: [{ pointer: '/externalId', detail }],
  });
}

/** A move by two steps has noted the key of the new appointment when it was made; a cancelled one keeps its key. */
function keysOf(disputed: Disputed, { as, externalId }: ResolveInput) {
  if (as === 'absent' || disputed.kind === 'cancel') return { externalId: null, identifiers: [] };
  if (externalId !== undefined) return { externalId, identifiers: [] };
  return { externalId: disputed.stepExternalId, identifiers: disputed.stepIdentifiers };
}

function explainKey(error: unknown): never {
  if (!isUniqueViolation(error, 'appointment_connection_id_external_id_key')) throw error;
  throw new HubError('validation', 'Another appointment of this connection has this key at the HIS.', {
    errors: [{ pointer: '/externalId', detail: 'expected the key of the appointment that is in dispute' }],
    cause: error,
  });
}
