/** The steps of a change: which calls it takes at this connection, in which order, and how each is looked up again. */
import type {
  BookRequest,
  Call,
  CancelRequest,
  Connector,
  Finding,
  Outcome,
  PatientAtHis,
} from '../adapter-kit/index.ts';
import type { TransactionKind } from '../domain/index.ts';
import type { OpenedPatient } from '../ledger/patient-fields.ts';
import type { WorkOrder, WorkSlot } from '../ledger/work-order.ts';
import { identifyPatient } from './identify-patient.ts';

/**
 * A HIS that cannot move an appointment gets the new one first, then the old one is cancelled (never the other way round:
 * a patient must not be left with nothing); if that is refused, the new one is undone.
 */
const SEQUENCES = {
  book: ['identify-patient', 'book'],
  cancel: ['cancel'],
  'reschedule-in-place': ['reschedule'],
  'reschedule-by-two': ['book-new', 'cancel-old'],
} as const satisfies Record<string, readonly StepName[]>;

export type StepName = 'identify-patient' | 'book' | 'cancel' | 'reschedule' | 'book-new' | 'cancel-old' | 'undo-new';

function sequenceOf(kind: TransactionKind, connector: Connector): readonly StepName[] {
  if (kind === 'reschedule') return SEQUENCES[connector.reschedule ? 'reschedule-in-place' : 'reschedule-by-two'];
  return SEQUENCES[kind];
}

/** The step that was begun, or the first of all. */
export function begunStep(work: WorkOrder, connector: Connector): StepName {
  const [first] = sequenceOf(work.kind, connector);
  return (work.step ?? first) as StepName;
}

/** The step to do now: the one that was begun, or the first that is needed. */
export function currentStep(work: WorkOrder, connector: Connector): StepName {
  const [, second] = sequenceOf(work.kind, connector);
  const begun = begunStep(work, connector);
  // Another transaction may have found the patient meanwhile.
  const isKnown = work.patient.externalId !== null || !connector.matchPatient;
  return begun === 'identify-patient' && second && isKnown ? second : begun;
}

export function stepAfter(step: StepName, work: WorkOrder, connector: Connector): StepName | undefined {
  const sequence = sequenceOf(work.kind, connector);
  return sequence[sequence.indexOf(step) + 1];
}

/** The step that takes back what earlier steps did, when this one is refused. */
export const COMPENSATION: Partial<Record<StepName, StepName>> = { 'cancel-old': 'undo-new' };

/**
 * Between these steps and their end two appointments stand for one patient. A cancellation is safe to do again after a read,
 * so while the HIS gives no clear answer they go on, however long it takes: neither retries nor looks run out.
 */
export const lastsUntilDone = (step: StepName): boolean => step === 'cancel-old' || step === 'undo-new';

export const SLOT_MOVED = 'slot-moved';

/**
 * The patient agreed to a time, not to a key of the HIS: where the slot has another one by now nothing is sent. Undefined: it may be.
 * Of a move that has begun the rest is done, whenever the slot is.
 */
export const refusedUnsent = (step: StepName, work: WorkOrder): Outcome | undefined =>
  work.slotHasMoved && !lastsUntilDone(step) ? { class: 'conflict', reason: SLOT_MOVED } : undefined;

/** The patient as this HIS knows it. Where the HIS has no register that can be asked, the hub's id is the patient's key. */
const patientOf = (work: WorkOrder): PatientAtHis => ({
  ...personOf(work),
  externalId: work.patient.externalId ?? work.patient.id,
});

/** What opens the patient is no connector's. */
function personOf({ patient: { seal: _seal, ...person } }: WorkOrder): Omit<OpenedPatient, 'seal'> {
  return person;
}

const booking = (work: WorkOrder): BookRequest => ({
  slot: work.slot,
  patient: patientOf(work),
  // Of a move: the mode of the slot it goes to.
  mode: work.slot.mode,
  reason: work.appointment.reason,
});

const cancelling = (work: WorkOrder, slot: WorkSlot, externalId: string | null): CancelRequest => {
  if (externalId === null) throw new Error(`transaction ${work.id} has no appointment at the HIS to cancel`);
  return { externalId, identifiers: work.appointment.identifiers, slot, patient: patientOf(work), reason: work.reason };
};

const oldSlot = (work: WorkOrder): WorkSlot => work.fromSlot ?? work.slot;

export function runStep(step: StepName, connector: Connector, call: Call, work: WorkOrder): Promise<Outcome> {
  switch (step) {
    case 'identify-patient':
      return identifyPatient(connector, call, personOf(work));
    case 'book':
    case 'book-new':
      return connector.book(call, booking(work));
    case 'cancel':
      return connector.cancel(call, cancelling(work, work.slot, work.appointment.externalId));
    case 'cancel-old':
      return connector.cancel(call, cancelling(work, oldSlot(work), work.appointment.externalId));
    case 'undo-new':
      return connector.cancel(call, {
        ...cancelling(work, work.slot, work.stepExternalId),
        identifiers: work.stepIdentifiers,
      });
    case 'reschedule': {
      if (!connector.reschedule) throw new Error('the connector lost its capability to reschedule');
      return connector.reschedule(call, {
        ...cancelling(work, oldSlot(work), work.appointment.externalId),
        to: work.slot,
      });
    }
    default:
      return step satisfies never;
  }
}

/** `knownExternalIds`: what the HIS calls the patient's other appointments. */
export async function lookUpStep(
  step: StepName,
  connector: Connector,
  call: Call,
  work: WorkOrder,
  knownExternalIds: readonly string[],
): Promise<Finding> {
  switch (step) {
    case 'identify-patient': {
      // This step is never made there: it stands for a worker that died before it began the first one.
      if (!connector.matchPatient) return { kind: 'absent' };
      const match = await connector.matchPatient(call, personOf(work));
      if (match.kind === 'one') return { kind: 'found', externalId: match.evidence.externalId };
      return match.kind === 'none' ? { kind: 'absent' } : { kind: 'inconclusive', reason: 'ambiguous-patient' };
    }
    case 'book':
    case 'book-new':
      return connector.lookup(call, { kind: 'book', ...booking(work), knownExternalIds });
    case 'cancel':
      return connector.lookup(call, { kind: 'cancel', ...cancelling(work, work.slot, work.appointment.externalId) });
    case 'cancel-old':
      return connector.lookup(call, {
        kind: 'cancel',
        ...cancelling(work, oldSlot(work), work.appointment.externalId),
      });
    case 'undo-new':
      return connector.lookup(call, {
        kind: 'cancel',
        ...cancelling(work, work.slot, work.stepExternalId),
        identifiers: work.stepIdentifiers,
      });
    case 'reschedule':
      return connector.lookup(call, {
        kind: 'reschedule',
        ...cancelling(work, oldSlot(work), work.appointment.externalId),
        to: work.slot,
      });
    default:
      return step satisfies never;
  }
}
