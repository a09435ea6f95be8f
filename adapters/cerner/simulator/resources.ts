/** The hospital's people, places, slots and appointments as FHIR resources. */
import type {
  SimulatedAppointment,
  SimulatedHis,
  SimulatedLocation,
  SimulatedPatient,
  SimulatedProvider,
  SimulatedSlot,
} from '#adapter-kit/simulator';
import { MERGED, PARTICIPANT_SYSTEM, SERVICE_TYPES, SERVICE_TYPE_SYSTEM } from './hospital.ts';
import type { Json, Resource } from './reply.ts';
import type { SlotStatus } from './slot-desk.ts';

const EXTENSIONS = 'https://fhir-ehr.cerner.com/r4/StructureDefinition';

/** Whole seconds. */
const seconds = (instant: string): string => instant.replace(/\.\d+Z$/, 'Z');

/** "SMART, NANCY". */
export const display = (person: {
  readonly name: { readonly family: string; readonly given: readonly string[] };
}): string => `${person.name.family}, ${person.name.given.join(' ')}`;

const div = (text: string): Json => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`,
});

export const serviceTypeOf = (slot: SimulatedSlot): (typeof SERVICE_TYPES)[number] =>
  SERVICE_TYPES.find((each) => each.mode === slot.mode) ?? SERVICE_TYPES[0];

const proprietary = (slot: SimulatedSlot): Json => {
  const { code, display: text } = serviceTypeOf(slot);
  return { system: SERVICE_TYPE_SYSTEM, code, display: text, userSelected: true };
};

export function slotResource(slot: SimulatedSlot, status: SlotStatus, version: string): Resource {
  const { display: text, standard } = serviceTypeOf(slot);
  return {
    resourceType: 'Slot',
    id: slot.id,
    meta: { versionId: version, lastUpdated: seconds(new Date(Date.parse(slot.start) - 86_400_000).toISOString()) },
    text: div(`<p><b>Slot</b></p><p><b>Service Type</b>: ${text}</p><p><b>Status</b>: ${status}</p>`),
    extension: [
      { valueReference: { reference: `Location/${slot.locationId}` }, url: `${EXTENSIONS}/scheduling-location` },
    ],
    serviceType: [{ coding: [proprietary(slot), { ...standard, userSelected: false }], text }],
    schedule: { reference: `Schedule/${slot.id}` },
    status,
    start: seconds(slot.start),
    end: seconds(slot.end),
  };
}

/** Quirk O8: the versions of video visits have two parts. */
export function appointmentVersion(his: SimulatedHis, { version, slot }: SimulatedAppointment): string {
  const number = String(version - 1);
  return his.quirks.on('O8') && slot.mode === 'telemedicine' ? `${number}-1` : number;
}

/** Notes are the reason and the comment; the comment is shown where the hub's reference can be found again. */
export function appointmentResource(his: SimulatedHis, appointment: SimulatedAppointment): Resource {
  const { slot, status, notes } = appointment;
  const [reason = '', comment = ''] = notes;
  const times = { start: seconds(slot.start), end: seconds(slot.end) };
  const isOpen = status === 'booked';
  const showsComment = comment !== '' && (his.lookup === 'by-tag' || his.lookup === 'idempotency-key');
  const { display: text } = serviceTypeOf(slot);
  return {
    resourceType: 'Appointment',
    id: appointment.vendorId,
    meta: { versionId: appointmentVersion(his, appointment), lastUpdated: seconds(appointment.updatedAt) },
    text: div('<p><b>Appointment</b></p>'),
    extension: [
      { valueBoolean: isOpen, url: `${EXTENSIONS}/is-cancelable` },
      { valueBoolean: isOpen, url: `${EXTENSIONS}/is-reschedulable` },
    ],
    status,
    serviceType: [{ coding: [proprietary(slot)], text }],
    ...(reason === '' ? {} : { reasonCode: [{ text: reason }] }),
    description: text,
    ...times,
    minutesDuration: (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000,
    ...(showsComment ? { comment } : {}),
    participant: participantsOf(his, appointment),
    requestedPeriod: [times],
    slot: [{ reference: `Slot/${slot.id}` }],
  };
}

function participantsOf({ book }: SimulatedHis, { slot, patientId }: SimulatedAppointment): Json[] {
  const provider = book.providers().find((each) => each.id === slot.providerId);
  const location = book.world.locations.find((each) => each.id === slot.locationId);
  const patient = book.patient(patientId);
  const accepted = (reference: string, name: string): Json => ({
    actor: { reference, display: name },
    required: 'required',
    status: 'accepted',
  });
  const role = (code: string, text: string): Json => ({
    coding: [{ system: PARTICIPANT_SYSTEM, code, display: text, userSelected: true }],
    text,
  });
  const performer = {
    coding: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
        code: 'PPRF',
        display: 'primary performer',
      },
    ],
  };
  return [
    accepted(`Location/${slot.locationId}`, location?.name ?? ''),
    {
      type: [role('4574', 'Resource'), performer],
      ...accepted(`Practitioner/${slot.providerId}`, provider === undefined ? '' : display(provider)),
    },
    {
      type: [role('4572', 'Patient')],
      ...accepted(`Patient/${patientId}`, patient === undefined ? '' : display(patient)),
    },
  ];
}

export const isMerged = (his: SimulatedHis, patientId: string): boolean =>
  his.quirks.on('O13') && patientId === MERGED.from;

export function patientResource(his: SimulatedHis, patient: SimulatedPatient): Resource {
  const merged = isMerged(his, patient.id);
  const telecom = [
    ...(patient.phone === undefined ? [] : [{ system: 'phone', value: patient.phone, use: 'home' }]),
    ...(patient.email === undefined ? [] : [{ system: 'email', value: patient.email, use: 'home' }]),
  ];
  return {
    resourceType: 'Patient',
    id: patient.id,
    meta: { versionId: '72', lastUpdated: '2026-01-05T10:00:00Z' },
    identifier: patient.identifiers.map(({ system, value }) => ({
      use: 'usual',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }], text: 'MRN' },
      system,
      value,
      _value: {
        extension: [
          { valueString: value.padStart(11, '0'), url: 'http://hl7.org/fhir/StructureDefinition/rendered-value' },
        ],
      },
    })),
    active: !merged,
    name: [{ use: 'official', family: patient.name.family, given: patient.name.given }],
    ...(telecom.length === 0 ? {} : { telecom }),
    gender: 'unknown',
    birthDate: patient.birthDate,
    ...(patient.address === undefined ? {} : { address: [{ use: 'home', ...patient.address }] }),
    ...(merged ? { link: [{ other: { reference: `Patient/${MERGED.into}` }, type: 'replaced-by' }] } : {}),
  };
}

export function practitionerResource(provider: SimulatedProvider): Resource {
  const { family, given, prefix } = provider.name;
  return {
    resourceType: 'Practitioner',
    id: provider.id,
    identifier: provider.identifiers ?? [],
    active: true,
    name: [{ use: 'usual', text: display(provider), family, given, ...(prefix == null ? {} : { prefix: [prefix] }) }],
    ...(provider.email === undefined ? {} : { telecom: [{ system: 'email', value: provider.email, use: 'work' }] }),
    // Standard members that the vendor does not document: a sandbox of its own needs specialties and languages to show.
    qualification: provider.specialties.map((text) => ({ code: { text } })),
    communication: provider.languages.map((code) => ({ coding: [{ system: 'urn:ietf:bcp:47', code }] })),
  };
}

export function locationResource(location: SimulatedLocation): Resource {
  return {
    resourceType: 'Location',
    id: location.id,
    // The standard extension for a zone: none is documented, so an adapter must manage without it.
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: location.timeZone }],
    status: 'active',
    name: location.name,
    mode: 'instance',
    ...(location.address === undefined ? {} : { address: location.address }),
  };
}
