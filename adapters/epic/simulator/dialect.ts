/** Routes of the simulated Epic: which request is what, who may send it, and how faults are worded here. */
import type {
  HttpDialect,
  Operation,
  Reaction,
  SimulatedHis,
  SpokenFault,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { INVALID_CLIENT, Authority } from './authority.ts';
import { ContractWatch, type RequestKind } from './contract-watch.ts';
import type { Credentials } from './credentials.ts';
import { Resets, afterBooking, gatewayAnswer, inXml, redirected, takeTime, withOutcomeInside } from './front-door.ts';
import {
  SERVICES,
  cancelAppointment,
  patientAppointments,
  scheduleWithInsurance,
  slotOfSchedule,
} from './interconnect.ts';
import { XML_BUNDLE, commandFailed, fhir, interconnect, json, operationOutcome, refusal, serverPage } from './reply.ts';
import { Scheduling, noteOf } from './scheduling.ts';
import { createPatient, readResource, searchResources } from './searches.ts';

export const INSTANCE = '/interconnect-fhir-oauth';
const FHIR_PATH = new RegExp(`^${INSTANCE}/api/FHIR/(R4|STU3)/(\\w+)(?:/([^/]+))?$`);
const HUB_NOTE = /^hub:(.+)$/;

type Route =
  | { readonly kind: 'token' | 'service-book' | 'service-cancel' | 'service-appointments' | 'unknown' }
  | { readonly kind: 'fhir'; readonly version: string; readonly type: string; readonly id: string | undefined };

interface Parts {
  readonly his: SimulatedHis;
  readonly authority: Authority;
  readonly scheduling: Scheduling;
}

export function epicDialect(his: SimulatedHis, credentials: Credentials): HttpDialect {
  const watch = new ContractWatch(his, kindOf);
  const authority = new Authority(his, watch, credentials);
  const scheduling = new Scheduling(his, watch, credentials.interconnectPassword);
  const parts: Parts = { his, authority, scheduling };
  const resets = new Resets(his);
  return {
    operationOf,
    transactionOf,
    async answer(request, gone): Promise<Reaction> {
      const books = operationOf(request) === 'book';
      if (books) watch.booking(request, transactionOf(request));
      const reset = resets.next();
      if (reset === 'before') return 'drop';
      const answer = await answered(parts, request);
      if (books && answer.status >= 400) watch.bookingRefused(transactionOf(request));
      await takeTime(his, gone);
      return reset === 'after' ? 'drop' : answer;
    },
    spoken(fault, request) {
      const isUnprocessed = fault === '429-retry-after' || fault === '503-retry-after' || fault === 'token-expired';
      if (isUnprocessed && operationOf(request) === 'book') watch.bookingRefused(transactionOf(request));
      return spoken(fault, routeOf(request));
    },
    slotWanted(request) {
      const { kind } = routeOf(request);
      if (kind === 'service-book') return slotOfSchedule(his, request);
      return kind === 'fhir' && operationOf(request) === 'book' ? scheduling.slotOfBooking(request) : undefined;
    },
    expireToken: (request) => authority.expire(request),
  };
}

const transactionOf = (request: VendorRequest): string | null =>
  request.headers['x-correlation-id'] ?? HUB_NOTE.exec(noteOf(request) ?? '')?.[1] ?? null;

async function answered(parts: Parts, request: VendorRequest): Promise<VendorAnswer> {
  const { his, authority } = parts;
  const route = routeOf(request);
  const stopped = gatewayAnswer(his);
  if (stopped !== undefined) return stopped;
  switch (route.kind) {
    case 'token':
      return authority.token(request);
    case 'fhir':
      if (!authority.bearerIsValid(request)) return unauthorised();
      if (inXml(his, request)) return XML_BUNDLE;
      return withOutcomeInside(his, answerFhir(parts, request, route));
    case 'service-book':
    case 'service-cancel':
    case 'service-appointments':
      if (!authority.basicIsValid(request)) return unauthorised();
      return answerService(his, request, route.kind);
    case 'unknown':
      return serverPage(404, 'Not Found');
    default:
      return route satisfies never;
  }
}

function routeOf({ url }: Pick<VendorRequest, 'url'>): Route {
  if (url.pathname === `${INSTANCE}/oauth2/token`) return { kind: 'token' };
  const service = url.pathname.replace(`${INSTANCE}/api/epic/`, '');
  if (service === SERVICES.book) return { kind: 'service-book' };
  if (service === SERVICES.cancel) return { kind: 'service-cancel' };
  if (service === SERVICES.patientAppointments) return { kind: 'service-appointments' };
  const [, version, type, id] = FHIR_PATH.exec(url.pathname) ?? [];
  if (version === undefined || type === undefined) return { kind: 'unknown' };
  return { kind: 'fhir', version, type, id: id === undefined ? undefined : decodeURIComponent(id) };
}

function operationOf(request: Pick<VendorRequest, 'url'>): Operation {
  const route = routeOf(request);
  if (route.kind === 'token') return 'token';
  if (route.kind === 'service-book') return 'book';
  if (route.kind === 'service-cancel') return 'cancel';
  if (route.kind === 'service-appointments') return 'lookup';
  if (route.kind !== 'fhir' || route.type !== 'Appointment') return 'other';
  if (route.id === '$find') return 'slots';
  return route.id === '$book' ? 'book' : 'lookup';
}

/** For what was seen before: only method and path are known of it. */
function kindOf(_method: string, path: string): RequestKind {
  const operation = operationOf({ url: new URL(path, 'http://his') });
  return operation === 'book' || operation === 'lookup' ? operation : 'other';
}

function answerFhir(
  { his, scheduling }: Parts,
  request: VendorRequest,
  { version, type, id }: Extract<Route, { kind: 'fhir' }>,
): VendorAnswer {
  const base = `${request.url.origin}${INSTANCE}/api/FHIR/${version}`;
  const books = type === 'Appointment' && id === '$book';
  const closed = forbidden(his, type, id) ?? redirected(his, request);
  if (closed !== undefined) return closed;
  if (version === 'STU3' && type === 'Appointment' && request.method === 'POST') {
    if (id === '$find') return scheduling.find(request, base);
    if (books) return afterBooking(his, scheduling.book(request, base, transactionOf(request)));
  }
  if (request.method === 'POST' && type === 'Patient' && id === undefined) return createPatient(his, request, base);
  if (request.method !== 'GET') return serverPage(405, 'Method Not Allowed');
  if (type === 'Appointment' && his.lookup === 'none') return refusal(403, { code: '4118' });
  return id === undefined ? searchResources(his, type, request, base) : readResource(his, type, id);
}

/** Quirks E7 (scopes) and E15 (break-the-glass: what is of one patient). */
function forbidden({ quirks }: SimulatedHis, type: string, id: string | undefined): VendorAnswer | undefined {
  const scopes = quirks.value('E7');
  if (scopes === 'all' || (scopes === 'book' && id === '$book')) return refusal(403, { code: '4118' });
  const isOfPatient = (type === 'Appointment' && id !== '$find') || type === 'Patient';
  return quirks.value('E15') === '4130' && isOfPatient ? refusal(403, { code: '4130' }) : undefined;
}

function answerService(
  his: SimulatedHis,
  request: VendorRequest,
  kind: 'service-book' | 'service-cancel' | 'service-appointments',
): VendorAnswer {
  if (kind === 'service-book') return scheduleWithInsurance(his, request, transactionOf(request));
  if (kind === 'service-cancel') return cancelAppointment(his, request);
  if (his.lookup === 'by-patient-and-time') return serverPage(404, 'Not Found');
  if (his.lookup === 'none') return interconnect(403, { Message: 'Authorization has been denied for this request.' });
  return patientAppointments(his, request);
}

function unauthorised(): VendorAnswer {
  return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
}

function spoken(fault: SpokenFault, { kind }: Route): VendorAnswer {
  switch (fault) {
    case '500':
      if (kind === 'fhir') return refusal(500, { code: '59177' });
      return kind === 'token'
        ? serverPage(500, 'Internal Server Error')
        : commandFailed('UNEXPECTED-ERROR details: none', true, 500);
    case '503-retry-after':
      return serverPage(503, 'Service Unavailable');
    case '429-retry-after':
      return json(429, { statusCode: 429, message: 'Rate limit is exceeded. Try again later.' });
    case 'token-expired':
      return kind === 'token' ? INVALID_CLIENT : unauthorised();
    case 'error-in-200':
      if (kind === 'fhir') return fhir(200, operationOutcome([{ code: '59177' }]));
      if (kind === 'token') return json(200, { error: 'invalid_client', error_description: null });
      return interconnect(200, { Error: 'UNEXPECTED-ERROR', Appointments: null });
    default:
      return fault satisfies never;
  }
}
