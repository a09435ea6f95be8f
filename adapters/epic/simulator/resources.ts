/** The hospital's people, places and appointments as FHIR resources. */
import type {
  SimulatedAppointment,
  SimulatedBook,
  SimulatedLocation,
  SimulatedPatient,
  SimulatedProvider,
  SimulatedSlot,
} from '#adapter-kit/simulator';
import { CSN_SYSTEM, SPECIALTIES, SPECIALTY_SYSTEM, VISIT_TYPES, VISIT_TYPE_SYSTEM } from './hospital.ts';
import type { Json } from './reply.ts';

/** Epic writes whole seconds. */
const seconds = (instant: string): string => instant.replace(/\.\d+Z$/, 'Z');

export const csnOf = ({ sequence }: SimulatedAppointment): string => String(27_700 + sequence);

/** Epic shows names as "Welby, Marcus". */
const display = (person: { readonly name: { readonly family: string; readonly given: readonly string[] } }): string =>
  `${person.name.family}, ${person.name.given.join(' ')}`;

/** `base`: absolute URL of the FHIR version, e.g. .../api/FHIR/STU3. */
export function proposedAppointment(
  base: string,
  book: SimulatedBook,
  slot: SimulatedSlot,
  id: string,
  patient: SimulatedPatient,
): Json {
  const visitType = VISIT_TYPES.find((each) => each.mode === slot.mode);
  const times = { start: seconds(slot.start), end: seconds(slot.end) };
  const provider = book.providers().find((each) => each.id === slot.providerId);
  const location = book.world.locations.find((each) => each.id === slot.locationId);
  const participant = (type: string, actorId: string, name: string, status: string): Json => ({
    actor: { reference: `${base}/${type}/${actorId}`, display: name },
    required: 'required',
    status,
  });
  return {
    resourceType: 'Appointment',
    id,
    contained: [
      {
        resourceType: 'Slot',
        id: slot.id,
        schedule: { reference: `${base}/Schedule/eKBSchedule.${slot.providerId}` },
        status: 'free',
        ...times,
      },
    ],
    status: 'proposed',
    serviceType: [{ coding: [{ system: VISIT_TYPE_SYSTEM, code: visitType?.code, display: visitType?.display }] }],
    ...times,
    minutesDuration: minutesOf(slot),
    slot: [{ reference: `#${slot.id}` }],
    participant: [
      participant('Practitioner', slot.providerId, provider === undefined ? '' : display(provider), 'needs-action'),
      participant('Location', slot.locationId, location?.name ?? '', 'needs-action'),
      participant('Patient', patient.id, display(patient), 'accepted'),
    ],
  };
}

/** What $book answers: the patient is the only participant. */
export function bookedAppointment(base: string, appointment: SimulatedAppointment): Json {
  return {
    ...core(appointment),
    minutesDuration: minutesOf(appointment.slot),
    participant: [{ actor: { reference: `${base}/Patient/${appointment.patientId}` }, status: 'accepted' }],
  };
}

/** What a search or read shows. */
export function appointmentResource(book: SimulatedBook, appointment: SimulatedAppointment): Json {
  const provider = book.providers().find((each) => each.id === appointment.slot.providerId);
  const location = book.world.locations.find((each) => each.id === appointment.slot.locationId);
  const patient = book.patient(appointment.patientId);
  const participant = (type: string, id: string, name: string): Json => ({
    actor: { reference: `${type}/${id}`, display: name },
    status: 'accepted',
  });
  return {
    ...core(appointment),
    appointmentType: {
      coding: [{ system: 'http://snomed.info/sct', code: '308335008', display: 'Patient encounter procedure' }],
    },
    participant: [
      participant('Patient', appointment.patientId, patient === undefined ? '' : display(patient)),
      participant('Practitioner', appointment.slot.providerId, provider === undefined ? '' : display(provider)),
      participant('Location', appointment.slot.locationId, location?.name ?? ''),
    ],
  };
}

function core(appointment: SimulatedAppointment): Json {
  return {
    resourceType: 'Appointment',
    id: appointment.vendorId,
    identifier: [{ system: CSN_SYSTEM, value: csnOf(appointment) }],
    status: appointment.status,
    start: seconds(appointment.slot.start),
    end: seconds(appointment.slot.end),
  };
}

export function minutesOf(slot: SimulatedSlot): number {
  return (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
}

export function patientResource(patient: SimulatedPatient): Json {
  const telecom = [
    ...(patient.phone === undefined ? [] : [{ system: 'phone', value: patient.phone, use: 'home' }]),
    ...(patient.email === undefined ? [] : [{ system: 'email', value: patient.email }]),
  ];
  return {
    resourceType: 'Patient',
    id: patient.id,
    identifier: patient.identifiers,
    active: true,
    name: [{ use: 'official', family: patient.name.family, given: patient.name.given }],
    ...(telecom.length === 0 ? {} : { telecom }),
    birthDate: patient.birthDate,
    ...(patient.address === undefined ? {} : { address: [{ use: 'home', ...patient.address }] }),
  };
}

export function practitionerResource(provider: SimulatedProvider): Json {
  const { family, given, prefix } = provider.name;
  return {
    resourceType: 'Practitioner',
    id: provider.id,
    identifier: provider.identifiers ?? [],
    active: true,
    name: [{ use: 'usual', text: display(provider), family, given, ...(prefix == null ? {} : { prefix: [prefix] }) }],
    ...(provider.email === undefined ? {} : { telecom: [{ system: 'email', value: provider.email, use: 'work' }] }),
    communication: provider.languages.map((code) => ({ coding: [{ system: 'urn:ietf:bcp:47', code }] })),
  };
}

export function practitionerRoleResource(provider: SimulatedProvider, location: SimulatedLocation | undefined): Json {
  return {
    resourceType: 'PractitionerRole',
    id: roleId(provider),
    active: true,
    practitioner: { reference: `Practitioner/${provider.id}`, display: display(provider) },
    specialty: provider.specialties.map((text) => ({
      coding: [{ system: SPECIALTY_SYSTEM, code: SPECIALTIES.find((each) => each.text === text)?.code, display: text }],
      text,
    })),
    location: [{ reference: `Location/${provider.locationId}`, display: location?.name }],
  };
}

export const roleId = (provider: SimulatedProvider): string => `eRole.${provider.id}`;

export function locationResource(location: SimulatedLocation): Json {
  return {
    resourceType: 'Location',
    id: location.id,
    // The standard extension for a zone: Epic itself documents none, so an adapter must manage without it.
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: location.timeZone }],
    status: 'active',
    name: location.name,
    mode: 'instance',
    ...(location.address === undefined ? {} : { address: location.address }),
  };
}
