/** The messages to the HIS: the header is made here, everything else by mappings/hl7v2. */
import {
  formatDt,
  formatDtm,
  hl7Segments,
  writeHl7,
  type BookRequest,
  type Call,
  type CancelRequest,
  type Identifier,
  type LookupRequest,
  type PatientAtHis,
  type RescheduleRequest,
  type SlotAtHis,
} from '#adapter-kit';
import { anyControlId, beganAt, controlIdOf } from './control-id.ts';
import type { Hl7Settings } from './settings.ts';

/** Under this system the hub keeps, with an appointment, the placer's key that it was booked under. */
export const PLACER_SYSTEM = 'urn:tessera:hl7v2:placer';

export const placerIdIn = (identifiers: readonly Identifier[]): string | undefined =>
  identifiers.find(({ system }) => system === PLACER_SYSTEM)?.value;

/** SRM^S01 */
export function bookMessage(
  settings: Hl7Settings,
  call: Call,
  { slot, patient, mode, reason }: BookRequest,
): Uint8Array {
  const body = call.map('book', { ...common(settings, call, slot, patient), mode, ...(reason && { reason }) });
  return request(settings, call, 'S01', body);
}

/** SRM^S02 */
export function rescheduleMessage(settings: Hl7Settings, call: Call, asked: RescheduleRequest): Uint8Array {
  const { to, patient, externalId, identifiers } = asked;
  const keys = { externalId, placerId: placerIdIn(identifiers) };
  return request(
    settings,
    call,
    'S02',
    call.map('reschedule', { ...common(settings, call, to, patient), ...keys, mode: to.mode }),
  );
}

/** SRM^S04 */
export function cancelMessage(settings: Hl7Settings, call: Call, asked: CancelRequest): Uint8Array {
  const { slot, patient, externalId, identifiers, reason } = asked;
  const keys = { externalId, placerId: placerIdIn(identifiers), ...(reason && { reason }) };
  return request(
    settings,
    call,
    'S04',
    call.map('cancel', { ...common(settings, call, slot, patient), ...keys, mode: slot.mode }),
  );
}

/** SQM^S25 about the appointment that the lookup is about. */
export function queryMessage(settings: Hl7Settings, call: Call, asked: LookupRequest): Uint8Array {
  const { slot, patient } = asked;
  const controlId = anyControlId();
  const keys =
    asked.kind === 'book'
      ? { placerId: call.transactionId }
      : { externalId: asked.externalId, placerId: placerIdIn(asked.identifiers) };
  const body = call.map('query', {
    ...keys,
    authority: settings.receivingApplication,
    controlId,
    at: formatDtm(call.now(), 'UTC'),
    // Where an appointment has moved to is not known: its time is asked for only of a booking.
    ...(asked.kind === 'book' && { patientId: patient.externalId, ...times(slot) }),
  });
  return message(settings, call.now(), controlId, ['SQM', 'S25', 'SQM_S25'], body);
}

/** ADT^A08, the patient whole */
export function patientUpdateMessage(settings: Hl7Settings, call: Call, patient: PatientAtHis): Uint8Array {
  const { transactionId } = call;
  const at = beganAt(transactionId, call.now());
  const isUnreachable = patient.phone === null && patient.email === null;
  const body = call.map('patient-update', {
    // When it was changed: of two changes, a receiver can tell the newer one by it.
    at: formatDtm(at, 'UTC'),
    patient: asWritten(settings, patient),
    ...(isUnreachable && { unreachable: true }),
    ...(patient.address === null && { nowhere: true }),
  });
  return message(settings, at, controlIdOf(transactionId), ['ADT', 'A08', 'ADT_A01'], body);
}

function request(settings: Hl7Settings, call: Call, event: string, body: unknown): Uint8Array {
  const { transactionId } = call;
  const at = beganAt(transactionId, call.now());
  return message(settings, at, controlIdOf(transactionId), ['SRM', event, 'SRM_S01'], body);
}

function message(
  settings: Hl7Settings,
  at: number,
  controlId: string,
  [type, event, structure]: readonly [string, string, string],
  body: unknown,
): Uint8Array {
  const acknowledgement = settings.enhanced ? { 'MSH-15': 'AL', 'MSH-16': 'AL' } : {};
  const header = {
    segment: 'MSH',
    'MSH-3': settings.receivingApplication,
    'MSH-4': settings.receivingFacility,
    'MSH-5': settings.sendingApplication,
    'MSH-6': settings.sendingFacility,
    'MSH-7': formatDtm(at, 'UTC'),
    'MSH-9': { '1': type, '2': event, '3': structure },
    'MSH-10': controlId,
    'MSH-11': settings.processingId,
    'MSH-12': settings.version,
    ...acknowledgement,
  };
  return writeHl7([header, ...hl7Segments(body)]);
}

const times = (slot: SlotAtHis): { readonly start: string; readonly end: string } => ({
  start: formatDtm(Date.parse(slot.start), slot.timeZone),
  end: formatDtm(Date.parse(slot.end), slot.timeZone),
});

function common(settings: Hl7Settings, call: Call, slot: SlotAtHis, patient: PatientAtHis): object {
  return {
    transactionId: call.transactionId,
    authority: settings.receivingApplication,
    minutes: (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000,
    ...times(slot),
    slot,
    patient: asWritten(settings, patient),
  };
}

const asWritten = ({ receivingApplication }: Hl7Settings, patient: PatientAtHis): object => ({
  ...patient,
  birthDate: formatDt(patient.birthDate),
  identifiers: [{ value: patient.externalId, authority: receivingApplication, type: 'PI' }, ...patient.identifiers],
});
