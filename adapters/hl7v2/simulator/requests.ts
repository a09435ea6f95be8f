/** What the simulated hospital does with a request, and its answer: SRM by SRR, SQM by SQR. */
import { dtmInstant, parseDtm, type Hl7Message } from '#adapter-kit';
import type { Booked, Operation, SimulatedAppointment, SimulatedHis } from '#adapter-kit/simulator';
import { slotKey } from '../slot-key.ts';
import { HUB_NAME } from './hospital.ts';
import { Patients } from './patients.ts';
import { messageOf, msaOf, pidOf, resourcesOf, schOf, type Segment } from './wording.ts';

export interface Refused {
  readonly ack: 'AE' | 'AR';
  /** Table 0357. */
  readonly code: string;
  readonly text: string;
  readonly at?: { readonly segment: string; readonly field: number };
  /** ERR-5, the hospital's own. */
  readonly own?: string;
}

const TAKEN: Refused = {
  ack: 'AE',
  code: '205',
  text: 'Slot no longer free',
  at: { segment: 'ARQ', field: 11 },
  own: 'SLOTTAKEN',
};
const NO_SLOT: Refused = { ack: 'AE', code: '204', text: 'No such time', at: { segment: 'AIP', field: 3 } };
const UNNAMED: Refused = { ack: 'AE', code: '101', text: 'PID-5 is required', at: { segment: 'PID', field: 5 } };
const NO_PATIENT: Refused = { ack: 'AE', code: '204', text: 'No such patient', at: { segment: 'PID', field: 3 } };
const NO_APPOINTMENT: Refused = {
  ack: 'AE',
  code: '204',
  text: 'No such appointment',
  at: { segment: 'ARQ', field: 2 },
};

type Request = Extract<Operation, 'book' | 'reschedule' | 'cancel' | 'lookup' | 'other'>;

const OPERATIONS: Readonly<Record<string, Request>> = {
  'SRM^S01': 'book',
  'SRM^S02': 'reschedule',
  'SRM^S04': 'cancel',
  'SQM^S25': 'lookup',
};

export const operationOf = (message: Hl7Message): Request => OPERATIONS[`${message.type}^${message.event}`] ?? 'other';

/** The transaction that a request belongs to: of a change ARQ-4, of a booking ARQ-1. */
export const transactionOf = (message: Hl7Message): string | null =>
  message.get('ARQ-4.1') ?? message.get('ARQ-1.1') ?? null;

export class Requests {
  readonly #his: SimulatedHis;
  readonly #patients: Patients;
  /** Of a change, which the feed repeats in SCH-4. */
  readonly #changes = new Map<string, string>();

  constructor(his: SimulatedHis) {
    this.#his = his;
    this.#patients = new Patients(his);
  }

  /** The transaction that last changed the appointment. */
  changeOf(vendorId: string): string | undefined {
    return this.#changes.get(vendorId);
  }

  answer(message: Hl7Message): Uint8Array {
    const unfit = unfitHeader(message);
    if (unfit) return this.refuse(message, unfit);
    const operation = operationOf(message);
    if (operation === 'lookup') return this.#query(message);
    if (message.type === 'ADT' && message.event === 'A08') return this.#update(message);
    if (operation === 'other') {
      const isScheduling = message.type === 'SRM' || message.type === 'SQM';
      return this.refuse(message, { ack: 'AR', code: isScheduling ? '201' : '200', text: 'Not supported' });
    }
    this.#inspect(message);
    const done = operation === 'book' ? this.#book(message) : this.#change(message, operation);
    return 'ack' in done ? this.refuse(message, done) : this.#accept(message, done);
  }

  /** Key of the slot that a booking or reschedule asks for. */
  slotWanted(message: Hl7Message): string | undefined {
    const providerId = message.get('AIP-3.1');
    const dtm = parseDtm(message.get('ARQ-11.1') ?? '');
    const instant = dtm && dtmInstant(dtm, undefined);
    if (!providerId || instant?.kind !== 'instant') return undefined;
    return slotKey(providerId, new Date(instant.epochMs).toISOString());
  }

  refuse(message: Hl7Message, { ack, code, text, at, own }: Refused): Uint8Array {
    const habit = this.#his.quirks.value('H6');
    const err: Segment = {
      segment: 'ERR',
      'ERR-2': at && { 1: at.segment, 2: '1', 3: at.field },
      'ERR-3': { 1: code, 3: 'HL70357' },
      'ERR-4': 'E',
      'ERR-5': own && { 1: own, 2: text, 3: 'L' },
    };
    const msa = msaOf(message, habit === 'ar' ? 'AR' : ack, own === 'SLOTTAKEN' ? 'Slot not available' : text);
    return this.#reply(message, habit === 'text-only' ? [msa] : [msa, err]);
  }

  #book(message: Hl7Message): SimulatedAppointment | Refused {
    const { book, lookup } = this.#his;
    const placerId = message.get('ARQ-1.1') ?? null;
    if (placerId === null)
      return { ack: 'AE', code: '101', text: 'ARQ-1 is required', at: { segment: 'ARQ', field: 1 } };
    const earlier =
      lookup === 'idempotency-key'
        ? book.appointments().findLast(({ transactionId }) => transactionId === placerId)
        : undefined;
    if (earlier !== undefined) return earlier;
    const slotId = this.slotWanted(message);
    const patientId = this.#patients.named(message);
    if (patientId === undefined) return UNNAMED;
    if (slotId === undefined) return NO_SLOT;
    // Quirk G4: the keys are another environment's, and nobody is registered by a request there.
    if (this.#his.quirks.on('G4')) return NO_PATIENT;
    return outcomeOf(book.book({ slotId, patientId, transactionId: placerId }));
  }

  #change(message: Hl7Message, operation: 'cancel' | 'reschedule'): SimulatedAppointment | Refused {
    const { book } = this.#his;
    const filler = message.get('ARQ-2.1') ?? '';
    const placer = message.get('ARQ-1.1');
    const appointment =
      book.appointment(filler) ?? book.appointments().find(({ transactionId }) => transactionId === placer);
    if (appointment === undefined) return NO_APPOINTMENT;
    const changeId = message.get('ARQ-4.1');
    if (changeId) this.#changes.set(appointment.vendorId, changeId);
    if (operation === 'cancel') {
      const cancelled = book.cancel(appointment.vendorId);
      return cancelled.kind === 'already-cancelled' ? appointment : outcomeOf(cancelled);
    }
    const slotId = this.slotWanted(message);
    return slotId === undefined ? NO_SLOT : outcomeOf(book.move(appointment.vendorId, slotId));
  }

  #accept(message: Hl7Message, appointment: SimulatedAppointment): Uint8Array {
    const status = appointment.status === 'cancelled' ? 'Cancelled' : 'Booked';
    const told = {
      placerId: appointment.transactionId,
      changeId: message.get('ARQ-4.1') ?? undefined,
      status,
      event: 'NEW',
    };
    return this.#reply(message, [
      msaOf(message, 'AA'),
      ...schOf(this.#his, appointment, told),
      ...pidOf(this.#his, appointment.patientId),
      ...resourcesOf(this.#his, appointment.slot),
    ]);
  }

  /** ADT^A08. Whoever is unknown is not registered by it. */
  #update(message: Hl7Message): Uint8Array {
    const updated = this.#his.quirks.on('G4') ? 'unknown' : this.#patients.update(message);
    if (updated === 'unknown') return this.refuse(message, NO_PATIENT);
    if (updated === 'unnamed') return this.refuse(message, UNNAMED);
    return this.#reply(message, [msaOf(message, 'AA')]);
  }

  #query(message: Hl7Message): Uint8Array {
    const { lookup, book } = this.#his;
    if (lookup === 'none') return this.refuse(message, { ack: 'AR', code: '201', text: 'Not supported' });
    const [placer, filler] = [message.get('ARQ-1.1'), message.get('ARQ-2.1')];
    const isTagged = lookup !== 'by-patient-and-time';
    const patientId = this.#patients.known(message.get('QRD-8.1') ?? undefined);
    const start = parseDtm(message.get('QRF-2.1') ?? '');
    const instant = start && dtmInstant(start, undefined);
    const found = book.appointments().filter((each) => {
      if (filler) return each.vendorId === filler;
      if (isTagged && placer) return each.transactionId === placer;
      const isThen = instant?.kind === 'instant' && Date.parse(each.slot.start) === instant.epochMs;
      return patientId !== undefined && each.patientId === patientId && isThen;
    });
    const shown = found.slice(-50).flatMap((each) => {
      const status = each.status === 'cancelled' ? 'Cancelled' : 'Booked';
      const told = { placerId: isTagged ? each.transactionId : null, status, event: 'NEW' };
      return [...schOf(this.#his, each, told), ...resourcesOf(this.#his, each.slot)];
    });
    const qak: Segment = { segment: 'QAK', 'QAK-1': message.get('QRD-4'), 'QAK-2': found.length > 0 ? 'OK' : 'NF' };
    return messageOf(this.#his, ['SQR', 'S25', 'SQR_S25'], [msaOf(message, 'AA'), qak, ...shown]);
  }

  #reply(message: Hl7Message, body: readonly Segment[]): Uint8Array {
    if (message.type === 'ADT') return messageOf(this.#his, ['ACK', message.event, 'ACK'], body);
    return messageOf(
      this.#his,
      message.type === 'SQM' ? ['SQR', 'S25', 'SQR_S25'] : ['SRR', message.event, 'SRR_S01'],
      body,
    );
  }

  /** Strict mode: what a careful interface team would complain about. */
  #inspect(message: Hl7Message): void {
    const { strict } = this.#his;
    const detail = `${message.type}^${message.event}`;
    if (message.controlId === '' || message.controlId.length > 20) strict.report('control-id-length', detail);
    if (message.get('MSH-9.3') !== 'SRM_S01') strict.report('message-structure', detail);
    for (const required of ['ARQ-15', 'ARQ-19', 'RGS-1', 'AIS-3']) {
      if (!message.get(required)) strict.report('required-field-missing', `${detail} ${required}`);
    }
    // An appointment that the hub did not make has no placer of ours.
    if (message.get('ARQ-1.1') && message.get('ARQ-1.2') !== HUB_NAME.application)
      strict.report('placer-authority', detail);
  }
}

function outcomeOf(result: Booked): SimulatedAppointment | Refused {
  switch (result.kind) {
    case 'done':
      return result.appointment;
    case 'slot-taken':
      return TAKEN;
    case 'no-such-slot':
      return NO_SLOT;
    case 'no-such-appointment':
    case 'already-cancelled':
      return NO_APPOINTMENT;
    default:
      return result satisfies never;
  }
}

/** Some receivers reject every message whose MSH-11 or MSH-12 is not the configured one. */
function unfitHeader(message: Hl7Message): Refused | undefined {
  if (message.get('MSH-11.1') !== 'P')
    return { ack: 'AR', code: '202', text: 'MSH-11 is not P', at: { segment: 'MSH', field: 11 } };
  if (!/^2\.[3-6]/.test(message.get('MSH-12.1') ?? '')) {
    return { ack: 'AR', code: '203', text: 'MSH-12 is not supported', at: { segment: 'MSH', field: 12 } };
  }
  return undefined;
}
