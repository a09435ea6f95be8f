/** Routes of the simulated domain: which request is what, who may send it, and how faults are worded here. */
import type {
  HttpDialect,
  Operation,
  SimulatedHis,
  SpokenFault,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { createAppointment } from './appointments.ts';
import { Authority, refused } from './authority.ts';
import { ContractWatch } from './contract-watch.ts';
import type { Credentials } from './credentials.ts';
import { TENANT } from './hospital.ts';
import { operationsIn, resourceIn, slotReferenced } from './json-patch.ts';
import { patch } from './patches.ts';
import { createPatient } from './patients.ts';
import { empty, etag, fhir, outcome, page, plain, type Json } from './reply.ts';
import { appointmentResource, patientResource } from './resources.ts';
import { SearchPages } from './search-pages.ts';
import { search } from './searches.ts';
import { SlotDesk } from './slot-desk.ts';

export const BASE_PATH = `/r4/${TENANT}`;
export const TOKEN_PATH = `/tenants/${TENANT}/protocols/oauth2/profiles/smart-v1/token`;
const FHIR_PATH = /^\/r4\/([^/]+)(?:\/(\w+)(?:\/([^/]+))?)?\/?$/;

interface Route {
  readonly tenant: string;
  /** Empty: the base itself. */
  readonly type: string;
  readonly id: string | undefined;
}

interface Parts {
  readonly his: SimulatedHis;
  readonly authority: Authority;
  readonly desk: SlotDesk;
  readonly pages: SearchPages;
  readonly watch: ContractWatch;
}

export function cernerDialect(his: SimulatedHis, credentials: Credentials, directory: string): HttpDialect {
  const watch = new ContractWatch(his);
  const parts: Parts = {
    his,
    watch,
    authority: new Authority(his, credentials),
    desk: new SlotDesk(his, directory),
    pages: new SearchPages(his, watch),
  };
  const transactionOf = (request: VendorRequest): string | null => request.headers['x-correlation-id'] ?? null;
  const isCreate = (request: VendorRequest): boolean => operationOf(request) === 'book';
  return {
    operationOf,
    transactionOf,
    answer(request) {
      if (request.url.pathname === TOKEN_PATH) return parts.authority.token(request);
      if (isCreate(request)) watch.create(request, transactionOf(request));
      const answer = answerFhir(parts, request, transactionOf(request));
      // Quirk O16: the answer is lost behind the gateway, after the work.
      if (request.method !== 'GET' && his.quirks.on('O16')) return page(502, 'Bad Gateway');
      if (isCreate(request) && answer.status >= 400) watch.createRefused(transactionOf(request));
      return answer;
    },
    spoken(fault, request) {
      const isUnprocessed = fault === '429-retry-after' || fault === '503-retry-after' || fault === 'token-expired';
      if (isCreate(request) && isUnprocessed) watch.createRefused(transactionOf(request));
      return spoken(fault, request);
    },
    slotWanted(request) {
      if (request.method === 'POST') return slotReferenced(resourceIn(request)?.['slot']);
      return slotReferenced(operationsIn(request)?.find(({ path }) => path === '/slot')?.value);
    },
    expireToken: (request) => parts.authority.expire(request),
  };
}

function routeOf({ url }: VendorRequest): Route | undefined {
  const [, tenant, type = '', id] = FHIR_PATH.exec(url.pathname) ?? [];
  return tenant === undefined ? undefined : { tenant, type, id: id === undefined ? undefined : decodeURIComponent(id) };
}

function operationOf(request: VendorRequest): Operation {
  if (request.url.pathname === TOKEN_PATH) return 'token';
  const { type, id } = routeOf(request) ?? { type: '', id: undefined };
  if (type === 'Slot' && request.method === 'GET')
    return id === undefined && !request.url.searchParams.has('_id') ? 'slots' : 'lookup';
  if (type !== 'Appointment') return 'other';
  if (request.method === 'GET') return 'lookup';
  if (request.method === 'POST') return 'book';
  const isMove = operationsIn(request)?.some(({ path }) => path === '/slot');
  return isMove ? 'reschedule' : 'cancel';
}

function answerFhir(parts: Parts, request: VendorRequest, transactionId: string | null): VendorAnswer {
  const { his, authority, desk, pages, watch } = parts;
  const route = routeOf(request);
  if (route === undefined) return empty(404);
  if (route.tenant !== TENANT) return plain(his, 403, 'Tenant not valid or accessible');
  if (!authority.isValid(request)) return unauthorised();
  if (!(request.headers['accept'] ?? '').includes('application/fhir+json')) return empty(406);
  if (his.quirks.on('O11')) return throttled(his);
  const { type, id } = route;
  const base = `${request.url.origin}${BASE_PATH}`;
  // No batch, no transaction.
  if (type === '') return empty(422);
  if (!authority.grants(request, `system/${type}.${request.method === 'GET' ? 'read' : 'write'}`)) {
    return fhir(403, outcome('error', 'forbidden'));
  }
  if (request.method === 'GET') {
    if (id !== undefined) return read(parts, type, id);
    if (pages.isPage(request)) return pages.next(request, base);
    const found = search(his, desk, type, request);
    return 'refused' in found ? found.refused : pages.first(request, base, found.matches);
  }
  if (request.method === 'PATCH' && id !== undefined) return patch(his, desk, watch, request, type, id);
  if (request.method === 'POST' && id === undefined) {
    if (type === 'Appointment') return createAppointment(his, desk, request, base, transactionId);
    if (type === 'Patient') return createPatient(his, request, base);
  }
  return empty(405);
}

/** Of what is only searched for here there is no read. */
function read({ his }: Parts, type: string, id: string): VendorAnswer {
  const appointment = type === 'Appointment' ? his.book.appointment(id) : undefined;
  const patient = type === 'Patient' ? his.book.patient(id) : undefined;
  let resource: Json | undefined;
  if (appointment !== undefined) resource = appointmentResource(his, appointment);
  if (patient !== undefined) resource = patientResource(his, patient);
  if (resource === undefined) return empty(404);
  const { versionId } = resource['meta'] as { readonly versionId: string };
  return fhir(200, resource, { etag: etag(versionId)['etag'] ?? '' });
}

/** Said at the front door, so nothing of the domain's own is in it. */
function unauthorised(): VendorAnswer {
  const challenge = 'Bearer realm="fhir-ehr-code.cerner.com", error="invalid_token"';
  return { status: 401, headers: { 'www-authenticate': challenge, 'content-length': '0' } };
}

/** Quirk O11. */
function throttled(his: SimulatedHis): VendorAnswer {
  const form = his.quirks.value('O11');
  const headers: Readonly<Record<string, string>> =
    form === 'seconds'
      ? { 'retry-after': '2' }
      : form === 'date'
        ? { 'retry-after': new Date(his.now() + 3000).toUTCString() }
        : {};
  return fhir(429, outcome('error', 'throttled', { diagnostics: 'Too Many Requests' }), headers);
}

function spoken(fault: SpokenFault, request: VendorRequest): VendorAnswer {
  const isToken = request.url.pathname === TOKEN_PATH;
  switch (fault) {
    case '500':
      return isToken ? page(500, 'Internal Server Error') : fhir(500, outcome('fatal', 'exception'));
    case '503-retry-after':
      return page(503, 'Service Unavailable');
    case '429-retry-after':
      return fhir(429, outcome('error', 'throttled', { diagnostics: 'Too Many Requests' }));
    case 'token-expired':
      return isToken ? refused('invalid_client') : unauthorised();
    case 'error-in-200':
      return fhir(200, outcome('fatal', 'exception'));
    default:
      return fault satisfies never;
  }
}
