/** STU3 Appointment.$find and Appointment.$book. Source: fhir.epic.com specifications 840 and 839; quirks E1, E3, E4, E9, E13. */
import { randomBytes } from 'node:crypto';
import type {
  SimulatedHis,
  SimulatedPatient,
  SimulatedSlot,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { issueBookToken, issuedSoFar, readBookToken, type BookToken } from './book-token.ts';
import type { ContractWatch } from './contract-watch.ts';
import { VISIT_TYPES } from './hospital.ts';
import { refusal, searchset, type Issue, type Json } from './reply.ts';
import { runsOnInto } from './unavailable-time.ts';
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
  readonly #watch: ContractWatch;
  readonly #sessions = new Map<string, Session>();
  /** Links to further pages, as they were given out. */
  readonly #links = new Set<string>();
  /** Patient to how many tokens there were before the latest $find. */
  readonly #foundAt = new Map<string, number>();

  constructor(his: SimulatedHis, watch: ContractWatch, secret: string) {
    this.#his = his;
    this.#watch = watch;
    this.#secret = secret;
  }

  find(request: VendorRequest, base: string): VendorAnswer {
    const parameters = parametersOf(request);
    const patient = this.#his.book.patient(parameters.get('patient')?.resource?.identifier?.[0]?.value ?? '');
    if (patient === undefined)
      return refusal(404, { code: '59144', diagnostics: 'Invalid FHIR ID provided', expression: 'patient' });
    const self = `${base}/Appointment/$find`;
    const notes = this.#ignored(parameters);
    if (notes.length > 0 && !this.#his.quirks.on('E4'))
      return refusal(400, { code: '4100', ...(notes[0]?.diagnostics ? { diagnostics: notes[0].diagnostics } : {}) });
    const sessionId = request.url.searchParams.get('sessionID');
    if (sessionId !== null) return this.#page(request, base, sessionId, patient, notes);
    const start = new Date(parameters.get('startTime')?.valueDateTime ?? '');
    const end = new Date(parameters.get('endTime')?.valueDateTime ?? '');
    if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) {
      return refusal(400, { code: '4100', diagnostics: 'startTime and endTime are required', expression: 'startTime' });
    }
    const modes = this.#modesOf(parameters);
    if (modes.length === 0) {
      const noType: Issue = { code: '59200', diagnostics: 'Unable to determine a Visit Type to use for scheduling.' };
      return this.#his.quirks.on('E3') ? searchset(self, [], [...notes, noType]) : refusal(400, noType);
    }
    this.#foundAt.set(patient.id, issuedSoFar());
    const at = parameters.get('location-reference')?.valueReference?.reference;
    const slots = this.#his.book
      .freeSlots(start, end)
      .filter((slot) => modes.includes(slot.mode) && (at === undefined || at.endsWith(`/${slot.locationId}`)));
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
    const wasGiven = this.#links.has(request.url.href);
    if (!wasGiven) this.#watch.pageLinkConstructed(request);
    const session = this.#sessions.get(sessionId);
    const hasExpired = this.#his.quirks.value('E9') === 'expires' && this.#his.quirks.isFirst('E9');
    if (session === undefined || !wasGiven || hasExpired) return refusal(400, { code: '4113' });
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
    const size = this.#his.quirks.on('E9') ? PAGE_SIZE : slots.length;
    const next = slots.length > page * size ? `${self}?sessionID=${sessionId}&page=${page + 1}` : undefined;
    if (next !== undefined) remembered(this.#links, next);
    const stays = !this.#his.quirks.on('E1');
    const matches = slots
      .slice((page - 1) * size, page * size)
      .filter((slot) => this.#his.book.isFree(slot.id))
      .map((slot) => {
        const id = issueBookToken(this.#secret, slot.id, patient.id, stays);
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
    if (token === undefined || !token.isFor(patientId) || this.#isDead(token, patientId)) return invalidId;
    if (runsOnInto(this.#his, token.slotId))
      return refusal(400, {
        code: '59159',
        diagnostics: 'The time is held or unavailable.',
        expression: 'appointment',
      });
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

  /** In which modes slots are looked for; none: the decision tree finds no visit type. */
  #modesOf(parameters: ReadonlyMap<string, Parameter>): string[] {
    if (this.#his.quirks.value('E3') === 'always') return [];
    if (this.#his.quirks.value('E4') === 'needed') return VISIT_TYPES.map(({ mode }) => mode);
    const code = parameters.get('serviceType')?.valueCodeableConcept?.coding?.[0]?.code;
    return VISIT_TYPES.filter((each) => each.code === code).map(({ mode }) => mode);
  }

  #ignored(parameters: ReadonlyMap<string, Parameter>): Issue[] {
    const needed = this.#his.quirks.value('E4') === 'needed' ? ['serviceType'] : [];
    const unknown = [...parameters.keys()].filter((name) => !KNOWN_PARAMETERS.has(name));
    return [...unknown, ...needed].map((name) => ({ code: '59109', diagnostics: name }));
  }

  /** Quirk E1. */
  #isDead({ slotId, issued }: BookToken, patientId: string): boolean {
    const form = this.#his.quirks.value('E1');
    if (form === 'expired') return this.#his.quirks.isFirst('E1', slotId);
    return form === 'dies-at-next-find' && issued <= (this.#foundAt.get(patientId) ?? 0);
  }
}

function remembered(links: Set<string>, link: string): void {
  links.add(link);
  for (const oldest of links) {
    if (links.size <= SESSIONS_MAX) break;
    links.delete(oldest);
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
