/**
 * Records what became of a leased transaction: its state, its attempt's result, the appointment, the slots, the events and
 * the next job, in one database transaction.
 */
import type { Identifier, TransactionKind, TransactionTrigger } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { applyEffect, type End } from './appointment-effects.ts';
import { writeAttemptResult, type AttemptResult } from './attempt-result.ts';
import { appendEvents } from './event.ts';
import { handOver } from './hand-over.ts';
import type { PatientKeys } from './keyring.ts';
import type { Lease } from './lease.ts';
import type { Seal } from './seal.ts';
import { releaseSlot } from './slot-claim.ts';
import { changeLeased, takeEdge, type TransactionChanges, type TransactionRef } from './transition.ts';

export interface Ledger {
  readonly db: Database;
  readonly queue: Queue;
  /** Of what belongs to no patient. */
  readonly seal: Seal;
  readonly keys: PatientKeys;
}

/** A state in which the transaction stays open: when, and why. */
export interface Postponement {
  readonly on: Extract<
    TransactionTrigger,
    'postponed' | 'held-back' | 'answer-lost' | 'proved-absent' | 'step-confirmed' | 'still-unknown'
  >;
  readonly dueAt: string;
  readonly changes?: TransactionChanges;
  readonly reason: string;
}

export async function postpone(
  ledger: Ledger,
  held: Lease,
  result: AttemptResult | undefined,
  next: Postponement,
  also?: (tx: Sql) => Promise<void>,
): Promise<void> {
  await ledger.db.transaction(async (tx) => {
    if (result) await writeAttemptResult(tx, ledger.seal, result);
    await also?.(tx);
    const changes = { ...next.changes, lease_token: null, lease_until: null, due_at: next.dueAt };
    await takeEdge(tx, held, next.on, changes, { reason: next.reason });
    await ledger.queue.send(tx, { transactionId: held.id, dueAt: next.dueAt });
  });
}

/** A finished step of a change that takes more than one: the lease goes on. */
export async function finishStep(
  ledger: Ledger,
  held: Lease,
  result: AttemptResult,
  changes: TransactionChanges & { readonly step: string },
  also?: (tx: Sql) => Promise<void>,
): Promise<void> {
  await ledger.db.transaction(async (tx) => {
    await writeAttemptResult(tx, ledger.seal, result);
    await also?.(tx);
    await changeLeased(tx, held, changes);
  });
}

export interface Verdict {
  readonly on: Extract<TransactionTrigger, 'confirmed' | 'refused' | 'given-up' | 'unresolvable'>;
  readonly kind: TransactionKind;
  readonly slotId: string;
  readonly fromSlotId: string | null;
  readonly externalId: string | null;
  readonly identifiers: readonly Identifier[];
  readonly slotTaken: boolean;
  readonly errorClass: string | null;
  readonly errorCode: string | null;
}

export async function settle(
  ledger: Ledger,
  held: Lease,
  result: AttemptResult | undefined,
  verdict: Verdict,
): Promise<void> {
  await ledger.db.transaction(async (tx) => {
    // Lock order everywhere: appointment, transaction, slot.
    await tx.query('select 1 from appointment where id = $1 for update', [held.appointmentId]);
    if (result) await writeAttemptResult(tx, ledger.seal, result);
    const end = (await takeEdge(
      tx,
      held,
      verdict.on,
      {
        lease_token: null,
        lease_until: null,
        settled_at: new Date().toISOString(),
        error_class: verdict.errorClass,
        error_code: verdict.errorCode,
      },
      { errorClass: verdict.errorClass, errorCode: verdict.errorCode },
    )) as End;
    await conclude(tx, ledger.queue, held, end, verdict);
  });
}

/**
 * What the end of a transaction means for its appointment and slots, for those who are told, and for what waits behind it.
 * The caller holds the appointment's row, and has taken the edge to `end`.
 */
export async function conclude(
  tx: Sql,
  queue: Queue,
  of: TransactionRef,
  end: End,
  verdict: Omit<Verdict, 'on' | 'errorClass'>,
): Promise<void> {
  const told = await applyEffect(tx, end, { ...of, ...verdict });
  if (told) {
    await appendEvents(tx, [
      {
        type: told,
        organizationId: of.organizationId,
        connectionId: of.connectionId,
        appointmentId: of.appointmentId,
        transactionId: of.id,
        data: verdict.errorCode ? { errorCode: verdict.errorCode } : {},
      },
    ]);
  }
  if (verdict.kind === 'book' && (end === 'rejected' || end === 'failed')) await supersedeLater(tx, of);
  await handOver(tx, queue, of.appointmentId);
}

/** What was asked of an appointment that never came to be has nothing left to change. */
async function supersedeLater(tx: Sql, of: TransactionRef): Promise<void> {
  const later = await tx.query<{ id: string; slot_id: string; kind: TransactionKind }>(
    `select id, kind, slot_id from transaction
     where appointment_id = $1 and id <> $2 and state = 'queued' order by sequence`,
    [of.appointmentId, of.id],
  );
  for (const each of later.rows) {
    await takeEdge(tx, { ...of, id: each.id, state: 'queued', leaseToken: null }, 'overtaken', {
      settled_at: new Date().toISOString(),
      error_code: 'booking-not-made',
    });
    if (each.kind === 'reschedule') await releaseSlot(tx, each.slot_id, of.appointmentId, 'free');
  }
}
