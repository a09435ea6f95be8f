/** Messages of the simulated hospital: what SRR, SQR, SIU and MFN have in common, with the habits that are switched on. */
import { formatDtm, newControlId, writeHl7, type Hl7Message, type Hl7SegmentInput } from '#adapter-kit';
import {
  clockSkewMs,
  type SimulatedAppointment,
  type SimulatedHis,
  type SimulatedProvider,
  type SimulatedSlot,
} from '#adapter-kit/simulator';
import { HOSPITAL_NAME, HUB_NAME, SERVICES, facilityOf, zoneOf } from './hospital.ts';

export type Segment = Hl7SegmentInput;

export interface Told {
  /** The hub's keys, where the HIS repeats them. */
  readonly placerId: string | null;
  readonly changeId?: string | undefined;
  readonly status: string;
  readonly event: string;
}

/** A whole message. `type` is [SIU, S12, SIU_S12]. */
export function messageOf(
  his: SimulatedHis,
  [type, event, structure]: readonly [string, string, string],
  body: readonly Segment[],
  more: { readonly at?: number; readonly controlId?: string } = {},
): Uint8Array {
  const habit = his.quirks.value('H4');
  const named = habit === 'missing' ? undefined : habit === 'wrong' ? `${type}_${event}` : structure;
  const header: Segment = {
    segment: 'MSH',
    'MSH-3': HOSPITAL_NAME.application,
    'MSH-4': facilityOf(his),
    'MSH-5': HUB_NAME.application,
    'MSH-6': HUB_NAME.facility,
    'MSH-7': formatDtm((more.at ?? Date.now()) + clockSkewMs(his), 'UTC'),
    'MSH-9': { 1: type, 2: event, 3: named },
    'MSH-10': more.controlId ?? newControlId(),
    'MSH-11': 'P',
    'MSH-12': habit === false ? '2.5.1' : '2.3',
  };
  const ballast: Segment[] = his.quirks.on('H11')
    ? [
        { segment: 'ZCH', 'ZCH-12': 'x', 'ZCH-900': 'y' },
        { segment: 'NTE', 'NTE-3': 'Lorem ipsum. '.repeat(2_000) },
      ]
    : [];
  return inCharset(his, writeHl7([header, ...body, ...ballast]));
}

/** H9: what cannot be written in ISO 8859-1 becomes a question mark, as it does at such a sender. */
function inCharset(his: SimulatedHis, message: Uint8Array): Uint8Array {
  const habit = his.quirks.value('H9');
  if (habit === false) return message;
  const declared = habit === 'undeclared' ? 'ASCII' : '8859/1';
  const text = Buffer.from(message).toString('utf8').replace('UNICODE UTF-8', declared);
  return Buffer.from(text.replaceAll(/[\u0100-\uffff]/g, '?'), 'latin1');
}

/** SCH of an appointment, and its TQ1 where the time stands there. */
export function schOf(his: SimulatedHis, appointment: SimulatedAppointment, told: Told): Segment[] {
  const { slot, vendorId } = appointment;
  const keys = schKeys(his, vendorId, told);
  const minutes = (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
  const place = zoneOf(slot.locationId);
  const [start, end] = [formatDtm(Date.parse(slot.start), place), formatDtm(Date.parse(slot.end), place)];
  const habit = his.quirks.value('H3');
  const person = habit === false ? { 1: slot.providerId } : undefined;
  const sch: Segment = {
    segment: 'SCH',
    ...keys,
    'SCH-6': habit === false ? told.event : undefined,
    'SCH-7': { 1: 'ROUTINE' },
    'SCH-8': 'NORMAL',
    'SCH-9': minutes,
    'SCH-10': 'min',
    'SCH-11':
      habit === 'tq1' || habit === 'ais-only'
        ? { 3: minutes }
        : { 3: minutes, 4: start, 5: habit === 'no-end' ? undefined : end },
    'SCH-16': person,
    'SCH-20': person,
    'SCH-25': statusOf(his, told),
  };
  return habit === 'tq1' ? [sch, { segment: 'TQ1', 'TQ1-1': '1', 'TQ1-7': start, 'TQ1-8': end }] : [sch];
}

function schKeys(his: SimulatedHis, vendorId: string, { placerId, changeId }: Told): Record<string, unknown> {
  const habit = his.quirks.value('H1');
  if (habit === 'placer-only') return { 'SCH-1': vendorId };
  const filler = { 'SCH-2': { 1: vendorId, 2: HOSPITAL_NAME.application } };
  if (habit === 'constant-placer') return { 'SCH-1': '1', ...filler };
  const ours = (id: string): object => ({ 1: id, 2: HUB_NAME.application });
  return {
    ...(placerId === null ? {} : { 'SCH-1': ours(placerId) }),
    ...filler,
    ...(changeId === undefined ? {} : { 'SCH-4': ours(changeId) }),
  };
}

function statusOf(his: SimulatedHis, { status }: Told): string {
  const habit = his.quirks.value('H2');
  if (habit === 'free-text') return status === 'Booked' ? 'Confirmed' : 'Canceled';
  return habit === 'contradicts' && status === 'Cancelled' ? 'Booked' : status;
}

/** RGS and what it groups: service, provider, place. */
export function resourcesOf(his: SimulatedHis, slot: SimulatedSlot, action: 'A' | 'U' | 'D' = 'A'): Segment[] {
  const start = formatDtm(Date.parse(slot.start), zoneOf(slot.locationId));
  const minutes = (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
  const provider = his.book.providers().find(({ id }) => id === slot.providerId);
  const location = his.book.world.locations.find(({ id }) => id === slot.locationId);
  const common = (name: string): Record<string, string> => ({ [`${name}-1`]: '1', [`${name}-2`]: action });
  return [
    { segment: 'RGS', 'RGS-1': '1', 'RGS-2': action },
    {
      segment: 'AIS',
      ...common('AIS'),
      'AIS-3': SERVICES[slot.mode],
      'AIS-4': start,
      'AIS-7': minutes,
      'AIS-8': 'min',
    },
    { segment: 'AIP', ...common('AIP'), 'AIP-3': xcn(slot.providerId, provider), 'AIP-4': 'DOC' },
    {
      segment: 'AIL',
      ...common('AIL'),
      'AIL-3': { 1: slot.locationId, 4: HOSPITAL_NAME.application, 9: location?.name },
    },
  ];
}

const xcn = (id: string, provider: SimulatedProvider | undefined): object => ({
  1: id,
  2: provider?.name.family,
  3: provider?.name.given[0],
  6: provider?.name.prefix ?? undefined,
});

/** PID with the hospital's own number, and the keys that others gave. */
export function pidOf(his: SimulatedHis, patientId: string): Segment[] {
  const patient = his.book.patient(patientId);
  if (patient === undefined) return [];
  const { name, birthDate, identifiers } = patient;
  return [
    {
      segment: 'PID',
      'PID-1': '1',
      'PID-3': [
        { 1: patient.id, 4: HOSPITAL_NAME.application, 5: 'MR' },
        ...identifiers.map(({ system, value }) => ({ 1: value, 4: system, 5: 'PI' })),
      ],
      'PID-5': { 1: name.family, 2: name.given[0] },
      'PID-7': birthDate.replaceAll('-', ''),
      ...(his.quirks.on('H11') ? { 'PID-19': null } : {}),
    },
  ];
}

/** MSA and, of a refusal, ERR. */
export function msaOf(message: Hl7Message, code: string, text?: string): Segment {
  return { segment: 'MSA', 'MSA-1': code, 'MSA-2': message.controlId, 'MSA-3': text };
}
