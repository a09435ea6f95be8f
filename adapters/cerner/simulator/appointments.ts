/** Creating and changing appointments. Source: docs.oracle.com mfrap, Appointment (R4) "Create", "Patch". */
import type { Booked, SimulatedAppointment, SimulatedHis, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import { isObject, operationsIn, resourceIn, slotReferenced } from './json-patch.ts';
import { changed, empty, etag, fhir, outcome, unprocessable, type Json } from './reply.ts';
import { appointmentResource, appointmentVersion, isMerged } from './resources.ts';
import type { SlotDesk } from './slot-desk.ts';

const WRITABLE = new Set(['resourceType', 'status', 'slot', 'participant', 'reasonCode', 'comment']);
const REASON_MAX = 255;

export function createAppointment(
  his: SimulatedHis,
  desk: SlotDesk,
  request: VendorRequest,
  base: string,
  transactionId: string | null,
): VendorAnswer {
  const body = resourceIn(request);
  if (body === undefined) return empty(400);
  if (body['modifierExtension'] !== undefined) return fhir(422, outcome('error', 'extension'));
  if (body['implicitRules'] !== undefined) return fhir(422, outcome('error', 'not-supported'));
  const patientId = patientIn(body);
  const reason = reasonIn(body);
  const slotId = slotReferenced(body['slot']);
  const isComplete = Object.keys(body).every((name) => WRITABLE.has(name)) && body['status'] === 'booked';
  if (!isComplete || patientId === undefined || reason === undefined || slotId === undefined)
    return unprocessable(his, 'content');
  if (reason.length > REASON_MAX) return empty(400);

  const before = his.book.appointments().find((each) => each.transactionId === transactionId);
  if (his.lookup === 'idempotency-key' && transactionId !== null && before !== undefined)
    return created(his, before, base);
  if (his.book.patient(patientId) === undefined || isMerged(his, patientId)) return unprocessable(his, 'transition');
  if (!isOpen(his, desk, slotId)) return unprocessable(his, 'slot-taken');
  const comment = typeof body['comment'] === 'string' ? body['comment'] : '';
  const booked = his.book.book({ slotId, patientId, transactionId, notes: [reason, comment] });
  if (booked.kind !== 'done') return unprocessable(his, 'slot-taken');
  desk.release(slotId);
  return created(his, booked.appointment, base);
}

function created(his: SimulatedHis, appointment: SimulatedAppointment, base: string): VendorAnswer {
  const headers = {
    'content-type': 'application/fhir+json',
    location: `${base}/Appointment/${appointment.vendorId}`,
    ...etag(appointmentVersion(his, appointment)),
  };
  return his.quirks.on('O3') ? empty(201, headers) : fhir(201, appointmentResource(his, appointment), headers);
}

/** A held slot is open to whoever holds it: there is one client only. */
function isOpen(his: SimulatedHis, desk: SlotDesk, slotId: string): boolean {
  const slot = his.book.slot(slotId);
  return slot !== undefined && desk.status(slot) !== 'busy';
}

/** Exactly one participant: a patient who has accepted, without a type. */
function patientIn(body: Json): string | undefined {
  const { participant } = body;
  if (!Array.isArray(participant) || participant.length !== 1) return undefined;
  const [only] = participant as readonly unknown[];
  if (!isObject(only) || only['status'] !== 'accepted' || only['type'] !== undefined) return undefined;
  const reference = isObject(only['actor']) ? only['actor']['reference'] : undefined;
  return typeof reference === 'string' ? /^Patient\/([^/]+)$/.exec(reference)?.[1] : undefined;
}

/** Empty when there is none; undefined when there is more than one, or one without a text. */
function reasonIn(body: Json): string | undefined {
  const { reasonCode = [] } = body;
  if (!Array.isArray(reasonCode) || reasonCode.length > 1) return undefined;
  const [only] = reasonCode as readonly unknown[];
  if (only === undefined) return '';
  return isObject(only) && typeof only['text'] === 'string' ? only['text'] : undefined;
}

/** The change has been allowed: its version is that of now. */
export function patchAppointment(
  his: SimulatedHis,
  desk: SlotDesk,
  request: VendorRequest,
  appointment: SimulatedAppointment,
): VendorAnswer {
  const operations = operationsIn(request) ?? [];
  const status = operations.find(({ op, path }) => op === 'replace' && path === '/status');
  const slot = operations.find(({ op, path }) => op === 'replace' && path === '/slot');
  const reason = operations.find(({ op, path }) => op === 'add' && path === '/cancelationReason');
  const known = [status, slot, reason].filter((each) => each !== undefined);
  if (operations.length === 0 || known.length !== operations.length) return unprocessable(his, 'content');
  if (reason !== undefined && !hasOneCoding(reason.value)) return unprocessable(his, 'content');

  let result: Booked;
  if (slot !== undefined && status === undefined) {
    const slotId = slotReferenced(slot.value);
    if (slotId === undefined) return unprocessable(his, 'content');
    if (!isOpen(his, desk, slotId)) return unprocessable(his, 'slot-taken');
    result = his.book.move(appointment.vendorId, slotId);
    if (result.kind === 'done') desk.release(slotId);
  } else if (status?.value === 'cancelled' && slot === undefined) {
    result = his.book.cancel(appointment.vendorId);
  } else {
    return unprocessable(his, 'transition');
  }
  if (result.kind !== 'done') return unprocessable(his, result.kind === 'slot-taken' ? 'slot-taken' : 'transition');
  const { appointment: now } = result;
  return changed(his, appointmentVersion(his, now), appointmentResource(his, now), false);
}

const hasOneCoding = (value: unknown): boolean =>
  isObject(value) && Array.isArray(value['coding']) && value['coding'].length === 1;
