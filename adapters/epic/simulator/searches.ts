/** Reads and searches of FHIR resources, and Patient.Create. */
import { randomUUID } from 'node:crypto';
import type {
  SimulatedAppointment,
  SimulatedHis,
  SimulatedPatient,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { CSN_SYSTEM, opaque } from './hospital.ts';
import { fhir, refusal, searchset, type Json, type Match } from './reply.ts';
import {
  appointmentResource,
  csnOf,
  locationResource,
  patientResource,
  practitionerResource,
  practitionerRoleResource,
} from './resources.ts';

const MATCHES_MAX = 100;

export function readResource(his: SimulatedHis, type: string, id: string): VendorAnswer {
  const resource = resourcesOf(his, type, () => true).find((each) => each['id'] === id);
  if (resource === undefined)
    return refusal(404, { code: '59144', diagnostics: 'Invalid FHIR ID provided', expression: 'id' });
  return fhir(200, resource);
}

export function searchResources(his: SimulatedHis, type: string, request: VendorRequest, base: string): VendorAnswer {
  const { searchParams } = request.url;
  if ([...searchParams.keys()].length === 0)
    return refusal(400, { code: '4100', diagnostics: 'at least one parameter is required' });
  const found = resourcesOf(his, type, (each) => isWanted(each, searchParams));
  if (found.length > MATCHES_MAX) return refusal(400, { code: '4127' });
  const matches = found.map((resource): Match => ({
    fullUrl: `${base}/${type}/${String(resource['id'])}`,
    resource,
    linked: type === 'Appointment',
  }));
  return searchset(request.url.href, matches);
}

type Subject =
  { readonly kind: 'appointment'; readonly it: SimulatedAppointment } | { readonly kind: 'other'; readonly it: Json };

function resourcesOf(his: SimulatedHis, type: string, wanted: (subject: Subject) => boolean): Json[] {
  const { book } = his;
  const others = (resources: readonly Json[]): Json[] => resources.filter((it) => wanted({ kind: 'other', it }));
  switch (type) {
    case 'Appointment':
      return book
        .appointments()
        .filter((it) => wanted({ kind: 'appointment', it }))
        .map((it) => appointmentResource(book, it));
    case 'Patient':
      return others(book.patients().map(patientResource));
    case 'Practitioner':
      return others(book.providers().map(practitionerResource));
    case 'PractitionerRole':
      return others(
        book.providers().map((each) =>
          practitionerRoleResource(
            each,
            book.world.locations.find(({ id }) => id === each.locationId),
          ),
        ),
      );
    case 'Location':
      return others(book.world.locations.map(locationResource));
    default:
      return [];
  }
}

function isWanted(subject: Subject, search: URLSearchParams): boolean {
  return [...search].every(([name, value]) =>
    subject.kind === 'appointment' ? appointmentFits(subject.it, name, value) : resourceFits(subject.it, name, value),
  );
}

/** Parameters that are not known are ignored, as Epic does (4122). */
function appointmentFits(appointment: SimulatedAppointment, name: string, value: string): boolean {
  switch (name) {
    case 'patient':
      return value === appointment.patientId || value === `Patient/${appointment.patientId}`;
    case 'status':
      return value.split(',').includes(appointment.status);
    case 'identifier':
      return value === csnOf(appointment) || value === `${CSN_SYSTEM}|${csnOf(appointment)}`;
    case '_id':
      return value === appointment.vendorId;
    case 'date':
      return dateFits(appointment.slot.start, value);
    default:
      return true;
  }
}

/** `ge2027-03-08`, `le2027-03-08`, `2027-03-08T15:00:00Z`: compared at the precision that is given. */
function dateFits(start: string, value: string): boolean {
  const [, prefix = 'eq', date = ''] = /^(eq|lt|le|gt|ge)?(.+)$/.exec(value) ?? [];
  const precise = start.slice(0, date.length);
  if (prefix === 'eq') return precise === date;
  if (prefix === 'lt') return precise < date;
  if (prefix === 'le') return precise <= date;
  if (prefix === 'gt') return precise > date;
  return precise >= date;
}

function resourceFits(resource: Json, name: string, value: string): boolean {
  const text = (path: (it: Json) => unknown): string => JSON.stringify(path(resource) ?? '').toLowerCase();
  const [system, code] = value.includes('|') ? value.split('|') : [undefined, value];
  const coded = (it: unknown): boolean =>
    JSON.stringify(it ?? '').includes(`"${code ?? ''}"`) &&
    (system === undefined || JSON.stringify(it).includes(`"${system}"`));
  switch (name) {
    case '_id':
      return value.split(',').includes(String(resource['id']));
    case 'identifier':
      return coded(resource['identifier']);
    case 'specialty':
      return coded(resource['specialty']);
    case 'birthdate':
      return resource['birthDate'] === value;
    case 'family':
    case 'given':
    case 'name':
      return text((it) => it['name']).includes(value.toLowerCase());
    case 'practitioner':
    case 'location':
      return text((it) => it[name]).includes(`${value.toLowerCase()}"`);
    default:
      return true;
  }
}

interface NewPatient {
  readonly name?: readonly { readonly family?: string; readonly given?: readonly string[] }[];
  readonly birthDate?: string;
  readonly telecom?: readonly { readonly system?: string; readonly value?: string }[];
  readonly address?: readonly Json[];
  readonly identifier?: readonly { readonly system?: string; readonly value?: string }[];
}

/** 201 with a Location and no body. A date of birth is required. */
export function createPatient(his: SimulatedHis, request: VendorRequest, base: string): VendorAnswer {
  const { name, birthDate, telecom = [], address, identifier = [] } = JSON.parse(request.body) as NewPatient;
  const family = name?.[0]?.family;
  if (birthDate === undefined)
    return refusal(400, { code: '59111', diagnostics: 'birthDate is required', expression: 'birthDate' });
  if (family === undefined)
    return refusal(400, { code: '59111', diagnostics: 'name.family is required', expression: 'name' });
  const of = (system: string): string | undefined => telecom.find((each) => each.system === system)?.value;
  const [phone, email] = [of('phone'), of('email')];
  const patient: SimulatedPatient = {
    id: `e${opaque(randomUUID(), 22)}3`,
    name: { family, given: name?.[0]?.given ?? [] },
    birthDate,
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
    ...(address?.[0] === undefined ? {} : { address: address[0] }),
    identifiers: identifier.map(({ system = '', value = '' }) => ({ system, value })),
  };
  his.book.putPatient(patient);
  return { status: 201, headers: { location: `${base}/Patient/${patient.id}` } };
}
