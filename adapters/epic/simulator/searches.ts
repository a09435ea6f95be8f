/** Reads and searches of FHIR resources, and Patient.Create. */
import { randomUUID } from 'node:crypto';
import type { SimulatedHis, SimulatedPatient, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import { appointmentsFound, remarks } from './appointment-search.ts';
import { MERGED, SECOND_TWIN, opaque } from './hospital.ts';
import { fhir, refusal, searchset, type Json, type Match } from './reply.ts';
import {
  appointmentResource,
  locationResource,
  patientResource,
  practitionerResource,
  practitionerRoleResource,
} from './resources.ts';

const MATCHES_MAX = 100;

export function readResource(his: SimulatedHis, type: string, id: string): VendorAnswer {
  const resource = resourcesOf(his, type).find((each) => each['id'] === id);
  if (resource === undefined)
    return refusal(404, { code: '59144', diagnostics: 'Invalid FHIR ID provided', expression: 'id' });
  return fhir(200, resource);
}

export function searchResources(his: SimulatedHis, type: string, request: VendorRequest, base: string): VendorAnswer {
  const { searchParams } = request.url;
  if ([...searchParams.keys()].length === 0)
    return refusal(400, { code: '4100', diagnostics: 'at least one parameter is required' });
  const { resources, ignored } = found(his, type, searchParams);
  if (ignored.length > 0 && !his.quirks.on('E4')) {
    const diagnostics = `unknown parameter ${ignored.join(', ')}`;
    return refusal(400, { code: '4100', diagnostics });
  }
  if (resources.length > MATCHES_MAX) return refusal(400, { code: '4127' });
  const matches = resources.map((resource): Match => ({
    fullUrl: `${base}/${type}/${String(resource['id'])}`,
    resource,
    linked: type === 'Appointment',
  }));
  return searchset(request.url.href, matches, type === 'Appointment' ? remarks(his, ignored) : []);
}

interface Found {
  readonly resources: readonly Json[];
  readonly ignored: readonly string[];
}

function found(his: SimulatedHis, type: string, search: URLSearchParams): Found {
  if (type === 'Appointment') {
    const { found: appointments, ignored } = appointmentsFound(his, search);
    return { resources: appointments.map((each) => appointmentResource(his.book, each)), ignored };
  }
  // With quirk E4, sites ignore the number and the birthday, too.
  const ignored = his.quirks.value('E4') === 'needed' && type === 'Patient' ? ['identifier', 'birthdate'] : [];
  const wanted = [...search].filter(([name]) => !ignored.includes(name));
  const resources = resourcesOf(his, type).filter((each) =>
    wanted.every(([name, value]) => resourceFits(each, name, value)),
  );
  return { resources, ignored: [...new Set(search.keys())].filter((name) => ignored.includes(name)) };
}

function resourcesOf(his: SimulatedHis, type: string): Json[] {
  const { book } = his;
  const placeOf = (id: string) => book.world.locations.find((each) => each.id === id);
  switch (type) {
    case 'Appointment':
      return book.appointments().map((each) => appointmentResource(book, each));
    case 'Patient':
      return patientsShown(his).map(patientResource);
    case 'Practitioner':
      return book.providers().map(practitionerResource);
    case 'PractitionerRole':
      return book.providers().map((each) => practitionerRoleResource(each, placeOf(each.locationId)));
    case 'Location':
      return book.world.locations.map(locationResource);
    default:
      return [];
  }
}

/** Quirks E8, E16. */
function patientsShown({ book, quirks }: SimulatedHis): SimulatedPatient[] {
  return book
    .patients()
    .filter(({ id }) => !(quirks.on('E8') && id === MERGED.from) && (quirks.on('E16') || id !== SECOND_TWIN));
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
