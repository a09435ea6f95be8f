/** The promises (docs: invariants I1 to I10), decided from outside: by what clients were told and what the HISs hold. */
import { SETTLED_STATES, TERMINAL_STATES } from '../../../src/domain/index.ts';
import { present, type AppointmentAtHis, type Hospital } from './hospital.ts';
import type { Clients } from './clients.ts';
import type { LedgerView, TransactionRow } from './ledger-view.ts';

export interface Violation {
  readonly promise: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I10';
  readonly what: string;
}

export interface Checked {
  readonly view: LedgerView;
  readonly clients: Clients;
  /** By connection. */
  readonly hospitals: ReadonlyMap<string, Hospital>;
}

const isSettled = (state: string): boolean => SETTLED_STATES.some((each) => each === state);
const isTerminal = (state: string): boolean => TERMINAL_STATES.some((each) => each === state);

const activeOf = (hospital: Hospital, transactionId: string): AppointmentAtHis[] =>
  [...hospital.appointments.values()].filter(
    (each) => each.madeBy === transactionId && present(each).status === 'booked',
  );

/** What is still open, and does not wait for a person. */
export function unsettled(view: LedgerView): TransactionRow[] {
  const disputed = new Set<string>();
  return view.transactions().filter(({ state, appointmentId }) => {
    if (state === 'needs_review') disputed.add(appointmentId);
    return !isSettled(state) && !disputed.has(appointmentId);
  });
}

/** I1: whatever was accepted is in the ledger, and over, or waits for a person who is told why. */
export function checkNothingLost({ view, clients }: Checked): Violation[] {
  const lost = clients
    .accepted()
    .filter(({ transactionId }) => !view.transaction(transactionId))
    .map(({ transactionId }) => `${transactionId} was accepted, and is not in the ledger`);
  const open = unsettled(view).map(
    ({ id, state, step }) => `${id} is ${state} (${String(step)}) long after all faults`,
  );
  const silent = view
    .transactions()
    .filter(({ state, errorCode }) => (state === 'failed' || state === 'needs_review') && !errorCode)
    .map(({ id, state }) => `${id} is ${state} without a cause`);
  const untold = view
    .transactions()
    .filter(({ id }) => !isTold(clients, id))
    .map(({ id, kind }) => `${id} (${kind}) is in the ledger, and its client was told otherwise`);
  const double = clients.answeredTwice.map((key) => `the key ${key} stands for two changes`);
  return [...lost, ...open, ...silent, ...untold, ...double].map((what) => ({ promise: 'I1', what }));
}

/** Refusals that a client is to mend and to send again under the same key: src/commands/answer-once.ts does not keep them. */
const NOT_KEPT: ReadonlySet<string> = new Set(['state-conflict', 'validation', 'stale-version', 'not-found']);

/** Whether what is in the ledger is what its client was told; one that had no answer once knows that the first may come yet. */
function isTold({ journal }: Clients, transactionId: string): boolean {
  const entry = journal.find(
    ({ asked, answer }) =>
      asked.includes(transactionId) || (answer?.kind === 'accepted' && answer.transactionId === transactionId),
  );
  if (entry?.answer?.kind === 'refused') return entry.unheard > 0 && NOT_KEPT.has(entry.answer.code);
  return entry?.answer?.transactionId === transactionId;
}

/** I2: nobody shares a slot: not in the hub, nor, by the hub's doing, at the HIS. */
export function checkNoDoubleBooking({ view, hospitals }: Checked): Violation[] {
  const found: Violation[] = [];
  const inHub = new Map<string, string>();
  for (const { id, status, slotId } of view.appointments()) {
    if (status !== 'booked' && status !== 'pending') continue;
    const other = inHub.get(slotId);
    if (other) found.push({ promise: 'I2', what: `appointments ${other} and ${id} share slot ${slotId}` });
    inHub.set(slotId, id);
  }
  for (const hospital of hospitals.values()) {
    const taken = new Map<string, string>();
    for (const appointment of hospital.appointments.values()) {
      const { status, slot } = present(appointment);
      if (status !== 'booked' || appointment.madeBy === undefined) continue;
      const other = taken.get(slot);
      if (other) found.push({ promise: 'I2', what: `${other} and ${appointment.id} share a slot at the HIS` });
      taken.set(slot, appointment.id);
    }
  }
  return found;
}

/** I3: one appointment at most for each transaction, and one person for each patient. */
export function checkOneEffect({ view, hospitals }: Checked): Violation[] {
  const found: Violation[] = [];
  for (const { id, kind, connectionId } of view.transactions()) {
    const hospital = hospitals.get(connectionId);
    if (!hospital) continue;
    const made = [...hospital.appointments.values()].filter(({ madeBy }) => madeBy === id);
    const active = activeOf(hospital, id);
    // A move that is undone and replayed makes its appointment anew.
    const count = kind === 'book' ? made.length : active.length;
    if (count > 1) found.push({ promise: 'I3', what: `${id} made ${count} appointments at the HIS` });
  }
  for (const hospital of hospitals.values()) {
    for (const [person, keys] of hospital.patients) {
      if (keys.length > 1) found.push({ promise: 'I3', what: `patient ${person} was created ${keys.length} times` });
    }
  }
  return found;
}

/** I6: changes of an appointment have reached the HIS in their order. */
export function checkOrder({ view, hospitals }: Checked): Violation[] {
  const found: Violation[] = [];
  const transactions = new Map(view.transactions().map((each) => [each.id, each]));
  for (const hospital of hospitals.values()) {
    const last = new Map<string, number>();
    for (const { transactionId } of hospital.effects) {
      const transaction = transactionId === undefined ? undefined : transactions.get(transactionId);
      if (!transaction) continue;
      const { id, appointmentId, sequence } = transaction;
      if (sequence < (last.get(appointmentId) ?? 0)) {
        found.push({ promise: 'I6', what: `${id} had an effect at the HIS after a later change of ${appointmentId}` });
      }
      last.set(appointmentId, sequence);
    }
  }
  return found;
}

/** I3 and I6: in the end the HIS holds what the hub says, and nothing else of the hub's. */
export function checkSameInTheEnd({ view, hospitals }: Checked): Violation[] {
  const found: Violation[] = [];
  const transactions = view.transactions();
  for (const appointment of view.appointments()) {
    const own = transactions.filter(({ appointmentId }) => appointmentId === appointment.id);
    const [first] = own;
    const hospital = first && hospitals.get(first.connectionId);
    if (!hospital || own.some(({ state }) => !isSettled(state) || state === 'needs_review')) continue;
    const active = own.flatMap(({ id }) => activeOf(hospital, id));
    const expected = appointment.status === 'booked' ? 1 : 0;
    const states = own.map(({ kind, state }) => `${kind} ${state}`).join(', ');
    if (active.length !== expected) {
      const what = `${appointment.id} is ${appointment.status} (${states}), and the HIS has ${active.length} of it`;
      found.push({ promise: 'I3', what });
      continue;
    }
    const [theirs] = active;
    if (!theirs) continue;
    if (present(theirs).slot !== appointment.slotId) {
      found.push({ promise: 'I6', what: `${appointment.id} is in another slot at the HIS (${states})` });
    }
    if (theirs.id !== appointment.externalId) {
      found.push({
        promise: 'I3',
        what: `${appointment.id} is kept under ${String(appointment.externalId)}, not ${theirs.id}`,
      });
    }
  }
  return found;
}

/** I10, at each commit: success only with the HIS's evidence, and no way back from what is over. */
export class HonestyWatch {
  readonly violations: Violation[] = [];
  readonly #checked: Checked;
  readonly #over = new Map<string, string>();
  #seen = 0;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  look(): void {
    const { view } = this.#checked;
    for (const { sequence, type, transactionId } of view.eventsAfter(this.#seen)) {
      this.#seen = sequence;
      if (!type.startsWith('transaction.') || transactionId === null) continue;
      const before = this.#over.get(transactionId);
      if (before) this.#tell(`${transactionId} was ${before}, and then came ${type}`);
      const transaction = view.transaction(transactionId);
      if (!transaction) continue;
      // A row may be a step further than the event that is read: several events may be of one commit.
      const state = type === 'transaction.resolved' ? transaction.state : type.slice('transaction.'.length);
      if (isTerminal(state)) this.#over.set(transactionId, state);
      if (state === 'succeeded') this.#evidence(transaction);
      if (state === 'rejected' || state === 'failed') this.#absence(transaction, state);
    }
  }

  #evidence({ id, kind, connectionId, appointmentId, slotId }: TransactionRow): void {
    const hospital = this.#checked.hospitals.get(connectionId);
    if (!hospital) return;
    const own = this.#ownOf(hospital, appointmentId);
    const there = own.filter((each) => present(each).status === 'booked');
    const isDone = kind === 'cancel' ? there.length === 0 : there.some((each) => present(each).slot === slotId);
    if (!isDone) this.#tell(`${id} (${kind}) succeeded, and the HIS has not done it`);
  }

  #absence({ id, kind, connectionId }: TransactionRow, state: string): void {
    const hospital = this.#checked.hospitals.get(connectionId);
    if (!hospital || kind === 'cancel') return;
    if (activeOf(hospital, id).length > 0) this.#tell(`${id} (${kind}) is ${state}, and the HIS has done it`);
  }

  #ownOf(hospital: Hospital, appointmentId: string): AppointmentAtHis[] {
    return [...hospital.appointments.values()].filter(
      ({ madeBy }) => madeBy !== undefined && this.#checked.view.transaction(madeBy)?.appointmentId === appointmentId,
    );
  }

  #tell(what: string): void {
    this.violations.push({ promise: 'I10', what });
  }
}
