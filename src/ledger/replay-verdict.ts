/** May a transaction be sent once more, and what would come of it? One rule, for a single replay and for the plan of many. */
import type { AppointmentStatus, TransactionKind, TransactionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';

export interface ReplayFacts {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly slotId: string;
  readonly replays: number;
  /** A person has set it aside: what was asked later may have been executed since. */
  readonly released: boolean;
  /** The policy of its connection: an edited one needs a second person. */
  readonly editNeedsApproval: boolean;
  readonly errorCode: string | null;
  readonly mappingVersion: string | null;
  readonly appointmentStatus: AppointmentStatus;
  /** Where the appointment is now. */
  readonly appointmentSlotId: string;
  /** What was asked of the appointment last, if it was asked after this: refused requests leave nothing behind, and do not count. */
  readonly laterId: string | null;
  readonly laterState: TransactionState | null;
  readonly patientIsErased: boolean;
  readonly slotIsFree: boolean;
  /** The HIS has given the slot another time since it was asked for. */
  readonly slotHasMoved: boolean;
}

/**
 * replayable      may be sent; `asksFirst`: its outcome is unknown, so the HIS is asked before anything is sent
 * under-way       was replayed before, and is at work: another replay would change nothing
 * already-done    what it wanted is so
 * superseded      something later was asked of the same appointment: sending this now would undo it
 * will-conflict   its slot cannot be had
 * not-replayable  neither failed nor disputed, or its appointment is not what it was
 */
export type ReplayVerdict =
  | { readonly kind: 'replayable'; readonly asksFirst: boolean }
  | { readonly kind: 'under-way' | 'already-done' | 'will-conflict' }
  | { readonly kind: 'superseded'; readonly laterTransactionId: string | null }
  | {
      readonly kind: 'not-replayable';
      readonly why: 'open' | 'refused-by-his' | 'appointment-changed' | 'slot-moved' | 'patient-erased';
    };

const notReplayable = (why: Extract<ReplayVerdict, { kind: 'not-replayable' }>['why']): ReplayVerdict => ({
  kind: 'not-replayable',
  why,
});

export function judgeReplay(facts: ReplayFacts): ReplayVerdict {
  if (facts.patientIsErased) return notReplayable('patient-erased');
  switch (facts.state) {
    case 'succeeded':
      return { kind: 'already-done' };
    case 'rejected':
      return notReplayable(facts.errorCode === 'slot-moved' ? 'slot-moved' : 'refused-by-his');
    case 'superseded':
      return { kind: 'superseded', laterTransactionId: facts.laterId };
    case 'failed':
      return judgeFailed(facts);
    case 'needs_review':
      // What was asked later waits behind a disputed transaction, and comes after it: it supersedes nothing.
      // Unless it was set aside: then what came later may be on its way, or done.
      return facts.laterState === 'succeeded' || (facts.released && facts.laterId !== null)
        ? { kind: 'superseded', laterTransactionId: facts.laterId }
        : { kind: 'replayable', asksFirst: true };
    default:
      return facts.replays > 0 ? { kind: 'under-way' } : notReplayable('open');
  }
}

function judgeFailed(facts: ReplayFacts): ReplayVerdict {
  // Also when the later one has failed too. "Cancel", then "move it to Friday", both failed: to send the cancellation now would
  // take from the patient what was wanted last.
  if (facts.laterId) return { kind: 'superseded', laterTransactionId: facts.laterId };
  if (facts.kind === 'cancel' && facts.appointmentStatus === 'cancelled') return { kind: 'already-done' };
  if (facts.appointmentStatus !== (facts.kind === 'book' ? 'rejected' : 'booked')) {
    return notReplayable('appointment-changed');
  }
  if (facts.kind === 'cancel') return { kind: 'replayable', asksFirst: false };
  if (facts.kind === 'reschedule' && facts.appointmentSlotId === facts.slotId) return { kind: 'already-done' };
  if (!facts.slotIsFree) return { kind: 'will-conflict' };
  // The patient agreed to a time, not to a key of the HIS.
  if (facts.slotHasMoved) return notReplayable('slot-moved');
  return { kind: 'replayable', asksFirst: false };
}

const FACTS = `t.id, t.organization_id as "organizationId", t.connection_id as "connectionId",
  t.appointment_id as "appointmentId", t.kind, t.state, t.slot_id as "slotId", t.replays,
  t.released_at is not null as released, coalesce(c.policy ->> 'replayApproval' = 'second-person', false) as "editNeedsApproval", t.error_code as "errorCode",
  t.mapping_version as "mappingVersion", a.status as "appointmentStatus", a.slot_id as "appointmentSlotId",
  later.id as "laterId", later.state as "laterState",
  s.status = 'free' and not s.withdrawn and s.start_at > now() and (s.held_until is null or s.held_until <= now()) as "slotIsFree",
  p.sealed is null as "patientIsErased",
  coalesce(t.kind = 'book' and (s.start_at, s.end_at) <> (a.start_at, a.end_at)
    or (s.start_at, s.end_at) <> (t.agreed_start_at, t.agreed_end_at), false) as "slotHasMoved"`;

const FROM = `transaction t join appointment a on a.id = t.appointment_id join slot s on s.id = t.slot_id
  join connection c on c.id = t.connection_id join patient p on p.id = a.patient_id
  left join lateral (
    select l.id, l.state from transaction l
    where l.appointment_id = t.appointment_id and l.sequence > t.sequence and l.state <> 'rejected'
      and (l.state <> 'superseded' or t.state = 'superseded')
    order by l.sequence desc limit 1) later on true`;

/** Oldest first. */
export async function readReplayFacts(sql: Sql, transactionIds: readonly string[]): Promise<ReplayFacts[]> {
  const found = await sql.query<ReplayFacts & Record<string, unknown>>(
    `select ${FACTS} from ${FROM} where t.id = any($1) order by t.sequence`,
    [transactionIds],
  );
  return found.rows;
}

/** Locks the patient against erasure, the appointment, then the transaction, and reads; undefined when the organization has no such transaction. */
export async function lockReplayFacts(
  tx: Sql,
  organizationId: string,
  transactionId: string,
): Promise<ReplayFacts | undefined> {
  await tx.query(
    `select 1 from patient where organization_id = $2 and id =
       (select a.patient_id from appointment a join transaction t on t.appointment_id = a.id where t.id = $1) for key share`,
    [transactionId, organizationId],
  );
  await tx.query(
    `select 1 from appointment where organization_id = $2
       and id = (select appointment_id from transaction where id = $1) for update`,
    [transactionId, organizationId],
  );
  const found = await tx.query<ReplayFacts & Record<string, unknown>>(
    `select ${FACTS} from ${FROM} where t.id = $1 and t.organization_id = $2 for update of t`,
    [transactionId, organizationId],
  );
  return found.rows[0];
}
