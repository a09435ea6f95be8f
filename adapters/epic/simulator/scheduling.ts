/** STU3 Appointment.$find and Appointment.$book. Source: fhir.epic.com specifications 840 and 839; quirks E1 to E4, E9. */
import { randomBytes } from 'node:crypto';
import type {
  SimulatedHis,
  SimulatedPatient,
  SimulatedSlot,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { issueBookToken, readBookToken } from './book-token.ts';
import { VISIT_TYPES } from './hospital.ts';
import { refusal, searchset, type Issue, type Json } from './reply.ts';
import { bookedAppointment, proposedAppointment } from './resources.ts';

const PAGE_SIZE = 50;
const SESSIONS_MAX = 500;
const KNOWN_PARAMETERS = new Set([
  'patient',
  'startTime',
  'endTime',
  'serviceType',
  'location-reference',
  'time-of-day',
  'indications',
  'specialties',
]);

interface Session {
  readonly body: string;
  readonly slots: readonly SimulatedSlot[];
}

interface Parameter {
  readonly name?: string;
  readonly resource?: { readonly identifier?: readonly { readonly value?: string }[] };
  readonly valueDateTime?: string;
  readonly valueString?: string;
  readonly valueIdentifier?: { readonly value?: string };
  readonly valueReference?: { readonly reference?: string };
  readonly valueCodeableConcept?: { readonly coding?: readonly { readonly code?: string }[] };
}

export class Scheduling {
  readonly #his: SimulatedHis;
  readonly #secret: string;
  readonly #sessions = new Map<string, Session>();

  constructor(his: SimulatedHis, secret: string) {
    this.#his = his;
    this.#secret = secret;
  }

  find(request: VendorRequest, base: string): VendorAnswer {
    const parameters = parametersOf(request);
    const patient = this.#his.book.patient(parameters.get('patient')?.resource?.identifier?.[0]?.value ?? '');
    if (patient === undefined)
      return refusal(404, { code: '59144', diagnostics: 'Invalid FHIR ID provided', expression: 'patient' });
    const self = `${base}/Appointment/$find`;
    const notes = ignoredParameters(parameters);
    const sessionId = request.url.searchParams.get('sessionID');
    if (sessionId !== null) return this.#page(request, base, sessionId, patient, notes);
    const start = new Date(parameters.get('startTime')?.valueDateTime ?? '');
    const end = new Date(parameters.get('endTime')?.valueDateTime ?? '');
    if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) {
      return refusal(400, { code: '4100', diagnostics: 'startTime and endTime are required', expression: 'startTime' });
    }
    const code = parameters.get('serviceType')?.valueCodeableConcept?.coding?.[0]?.code;
    const visitType = VISIT_TYPES.find((each) => each.code === code);
    if (visitType === undefined) {
      const noType: Issue = { code: '59200', diagnostics: 'Unable to determine a Visit Type to use for scheduling.' };
      return searchset(self, [], [...notes, noType]);
    }
    const at = parameters.get('location-reference')?.valueReference?.reference;
    const slots = this.#his.book
      .freeSlots(start, end)
      .filter((slot) => slot.mode === visitType.mode && (at === undefined || at.endsWith(`/${slot.locationId}`)));
    const session = `34-${randomBytes(4).toString('hex').toUpperCase()}`;
    this.#remember(session, { body: request.body, slots });
    return this.#matches(base, session, 1, slots, patient, notes);
  }

  /** The next page is a POST of the same body to the link, as it came. */
  #page(
    request: VendorRequest,
    base: string,
    sessionId: string,
    patient: SimulatedPatient,
    notes: readonly Issue[],
  ): VendorAnswer {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return refusal(400, { code: '4113' });
    if (session.body !== request.body)
      return refusal(400, { code: '4100', diagnostics: 'the body differs from that of the first page' });
    const page = Number(request.url.searchParams.get('page'));
    return this.#matches(base, sessionId, page, session.slots, patient, notes);
  }

  #matches(
    base: string,
    sessionId: string,
    page: number,
    slots: readonly SimulatedSlot[],
    patient: SimulatedPatient,
    notes: readonly Issue[],
  ): VendorAnswer {
    const self = `${base}/Appointment/$find`;
    const next = slots.length > page * PAGE_SIZE ? `${self}?sessionID=${sessionId}&page=${page + 1}` : undefined;
    const matches = slots
      .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
      .filter((slot) => this.#his.book.isFree(slot.id))
      .map((slot) => {
        const id = issueBookToken(this.#secret, slot.id, patient.id);
        const resource = proposedAppointment(base, this.#his.book, slot, id, patient);
        return { fullUrl: `${base}/Appointment/${id}`, resource };
      });
    return searchset(self, matches, notes, next);
  }

  book(request: VendorRequest, base: string, transactionId: string | null): VendorAnswer {
    const { book, lookup } = this.#his;
    const first =
      lookup === 'idempotency-key' && transactionId !== null
        ? book.appointments().find((each) => each.transactionId === transactionId)
        : undefined;
    const invalidId = refusal(404, { code: '59144', diagnostics: 'invalid appointment ID', expression: 'appointment' });
    if (first !== undefined) return booked(base, bookedAppointment(base, first), first.vendorId);
    const parameters = parametersOf(request);
    const patientId = parameters.get('patient')?.valueIdentifier?.value ?? '';
    if (book.patient(patientId) === undefined) {
      return refusal(404, { code: '59144', diagnostics: 'Invalid FHIR ID provided', expression: 'patient' });
    }
    const token = readBookToken(this.#secret, parameters.get('appointment')?.valueIdentifier?.value ?? '');
    if (token === undefined || !token.isFor(patientId)) return invalidId;
    const note = noteOf(request);
    const result = book.book({
      slotId: token.slotId,
      patientId,
      transactionId,
      notes: note === undefined ? [] : [note],
    });
    if (result.kind !== 'done') return invalidId;
    return booked(base, bookedAppointment(base, result.appointment), result.appointment.vendorId);
  }

  slotOfBooking(request: VendorRequest): string | undefined {
    return readBookToken(this.#secret, parametersOf(request).get('appointment')?.valueIdentifier?.value ?? '')?.slotId;
  }

  #remember(id: string, session: Session): void {
    this.#sessions.set(id, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= SESSIONS_MAX) break;
      this.#sessions.delete(oldest);
    }
  }
}

function booked(base: string, resource: Json, id: string): VendorAnswer {
  return searchset(`${base}/Appointment/$book`, [{ fullUrl: `${base}/Appointment/${id}`, resource, linked: true }]);
}

export function noteOf(request: VendorRequest): string | undefined {
  const note = parametersOf(request).get('appointmentNote');
  return note?.valueString ?? note?.valueIdentifier?.value;
}

function parametersOf(request: VendorRequest): ReadonlyMap<string, Parameter> {
  try {
    const body = JSON.parse(request.body) as { readonly parameter?: readonly Parameter[] };
    return new Map((body.parameter ?? []).map((each) => [each.name ?? '', each]));
  } catch {
    return new Map();
  }
}

function ignoredParameters(parameters: ReadonlyMap<string, Parameter>): Issue[] {
  return [...parameters.keys()]
    .filter((name) => !KNOWN_PARAMETERS.has(name))
    .map((name) => ({ code: '59109', diagnostics: name }));
}
