/** Routes of the simulated HIS: the regional hub at one address, the practice system at an address per method, one book behind both. */
import type {
  HttpDialect,
  Operation,
  SimulatedHis,
  SpokenFault,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { ContractWatch } from './contract-watch.ts';
import { fault, reply } from './envelope.ts';
import { METHODS, answerOf } from './hub-service.ts';
import { failed, practiceAnswer, slotAsked } from './practice.ts';
import { distort } from './quirks.ts';
import { practiceCall, soapCall, type MethodCall } from './request.ts';

export const HUB_PATH = '/hub25/HubService.svc';
export const PRACTICE_PATH = '/practice/';
const ACTION = 'http://tempuri.org/IHubService/';

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetAvaibleAppointments: 'slots',
  SetAppointment: 'book',
  CreateClaimForRefusal: 'cancel',
  GetPatientHistory: 'lookup',
  'iSalusSchedule.OpeningList': 'slots',
  'iSalusSchedule.CreateAppointment': 'book',
  'iSalusSchedule.CancelAppointment': 'cancel',
  'iSalusSchedule.ScheduleList': 'lookup',
};

export function xmlDialect(his: SimulatedHis, password: string): HttpDialect {
  const watch = new ContractWatch(his);
  return {
    operationOf: (request) => operationOf(callOf(request)),
    transactionOf,
    answer(request) {
      observe(watch, request);
      return distort(his, answer(his, password, request));
    },
    spoken: (what, request) => spoken(his, what, request),
    slotWanted(request) {
      const call = callOf(request);
      if (call === undefined) return undefined;
      return isHub(request) ? call.text('idAppointment') : slotAsked(his, call)?.id;
    },
  };
}

function observe(watch: ContractWatch, request: VendorRequest): void {
  const call = callOf(request);
  if (call === undefined) return watch.broken('unreadable', request);
  if (isHub(request) && !isToldRightly(request, call)) watch.broken('soap-action', request, call.method);
  const operation = operationOf(call);
  if (operation === 'book')
    watch.booked(request, transactionOf(request), call.text('idPat') || call.text('patient_id'));
  if (operation === 'lookup') watch.looked(call.text('idPat') || call.text('schedule/patient_id'));
}

const isHub = ({ url }: VendorRequest): boolean => url.pathname === HUB_PATH;
const callOf = (request: VendorRequest): MethodCall | undefined =>
  isHub(request) ? soapCall(request) : practiceCall(request);

/** What the adapter sent as its reference: the header, or the correlation element of the message. */
function transactionOf(request: VendorRequest): string | null {
  return request.headers['x-correlation-id'] ?? callOf(request)?.messageId ?? null;
}

/** One method books and moves: by the appointment that it names. */
function operationOf(call: MethodCall | undefined): Operation {
  if (call === undefined) return 'other';
  const moved =
    call.method === 'SetAppointment'
      ? call.text('idAppointmentPrev') !== ''
      : !['', '-1'].includes(call.text('appointment_id'));
  const operation = OPERATIONS[call.method] ?? 'other';
  return operation === 'book' && moved ? 'reschedule' : operation;
}

function answer(his: SimulatedHis, password: string, request: VendorRequest): VendorAnswer {
  const call = callOf(request);
  if (!isHub(request)) {
    if (!request.url.pathname.startsWith(PRACTICE_PATH)) return page(404, 'Not Found');
    return call === undefined ? failed(his, '1002') : practiceAnswer(his, call, password, transactionOf(request));
  }
  if (call === undefined) return fault(his, '1.1', 'not-understood');
  const { method, version } = call;
  if (!isToldRightly(request, call)) return fault(his, version, 'header-action');
  const wellSpelt = !his.quirks.on('X13') && method === 'GetAvailableAppointments';
  const run = METHODS[wellSpelt ? 'GetAvaibleAppointments' : method];
  if (run === undefined || (method === 'GetPatientHistory' && his.lookup === 'none'))
    return fault(his, version, 'action');
  if (call.text('guid') !== password) return fault(his, version, 'security');
  return reply(his, version, answerOf(method, run(his, call, transactionOf(request))));
}

/** SOAP 1.1 says in a header of its own what is asked, 1.2 in the content type. */
function isToldRightly({ headers }: VendorRequest, { method, version }: MethodCall): boolean {
  const type = headers['content-type'] ?? '';
  if (version === '1.1') return type.startsWith('text/xml') && headers['soapaction'] === `"${ACTION}${method}"`;
  return type.startsWith('application/soap+xml') && type.includes(`action="${ACTION}${method}"`);
}

function spoken(his: SimulatedHis, what: SpokenFault, request: VendorRequest): VendorAnswer {
  const call = callOf(request);
  const version = call?.version ?? '1.1';
  switch (what) {
    case '500':
      return isHub(request) ? fault(his, version, 'internal') : page(500, 'Server Error');
    case '503-retry-after':
      return page(503, 'Service Unavailable');
    case '429-retry-after':
      return page(429, 'Too Many Requests');
    case 'token-expired':
      return isHub(request) ? fault(his, version, 'security') : failed(his, '1001');
    case 'error-in-200':
      return isHub(request) ? reply(his, version, answerOf(call?.method ?? 'SetAppointment', 1)) : failed(his, '1500');
    default:
      return what satisfies never;
  }
}

function page(status: number, title: string): VendorAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=us-ascii' },
    body: `<!DOCTYPE html><html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}
