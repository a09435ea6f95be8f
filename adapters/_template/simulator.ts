/** The sandbox's Template HIS: as much of the vendor's API as the adapter uses, with the vendor's own words for what goes wrong. */
import {
  httpPort,
  runSimulator,
  type HttpDialect,
  type Operation,
  type SimulatedAppointment,
  type SimulatedHis,
  type StartSimulator,
  type VendorAnswer,
  type VendorRequest,
} from '#adapter-kit/simulator';
import { HOSPITAL } from './simulator/hospital.ts';

const KEY = 'sandbox-key';
const PAGE_SIZE = 40;

const startSimulator: StartSimulator = (options) =>
  runSimulator(
    {
      world: HOSPITAL,
      open: httpPort(dialectOf),
      connection: (url) => ({
        name: 'Template HIS sandbox hospital',
        config: { baseUrl: `${url}/api` },
        secrets: { apiKey: KEY },
      }),
    },
    options,
  );

export default startSimulator;

const json = (status: number, body: unknown): VendorAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** `/api/appointments/A7`: the collection, and the key in it. */
function placeOf({ url }: VendorRequest): { readonly collection: string; readonly id: string | undefined } {
  const [, , collection = '', id] = url.pathname.split('/');
  return { collection, id: id === undefined ? undefined : decodeURIComponent(id) };
}

function operationOf(request: VendorRequest): Operation {
  const { collection } = placeOf(request);
  if (collection === 'slots') return 'slots';
  if (collection !== 'appointments') return 'other';
  return ({ POST: 'book', PUT: 'reschedule', DELETE: 'cancel' } as const)[request.method] ?? 'lookup';
}

function dialectOf(his: SimulatedHis): HttpDialect {
  return {
    operationOf,
    transactionOf: (request) => request.headers['x-request-id'] ?? null,
    answer: (request) =>
      request.headers['x-api-key'] === KEY ? answer(his, request) : json(401, { code: 'NOT-ALLOWED' }),
    spoken: (fault) => (fault === 'error-in-200' ? json(200, { code: 'INTERNAL' }) : spoken(fault)),
    slotWanted: (request) => bodyOf(request)['slot'],
  };
}

function spoken(fault: string): VendorAnswer {
  return fault === 'token-expired' ? json(401, { code: 'NOT-ALLOWED' }) : json(500, { code: 'INTERNAL' });
}

function answer(his: SimulatedHis, request: VendorRequest): VendorAnswer {
  const { book } = his;
  const { collection, id } = placeOf(request);
  switch (`${request.method} ${collection}`) {
    case 'GET slots':
      return slots(his, request);
    case 'GET clinics':
      return json(200, {
        clinics: book.world.locations.map((each) => ({ id: each.id, name: each.name, zone: each.timeZone })),
      });
    case 'GET practitioners':
      return json(200, { practitioners: book.providers() });
    case 'GET patients':
      return patients(his, request);
    case 'POST patients':
      return newPatient(his, request);
    case 'POST appointments':
      return newAppointment(his, request);
    case 'GET appointments':
      return read(his, request, id);
    case 'PUT appointments':
    case 'DELETE appointments':
      return change(his, request, id ?? '');
    default:
      return json(404, { code: 'NO-SUCH-PAGE' });
  }
}

function slots({ book }: SimulatedHis, { url }: VendorRequest): VendorAnswer {
  const query = (name: string): string => url.searchParams.get(name) ?? '';
  const all = book.freeSlots(new Date(query('from')), new Date(query('to')));
  const first = query('after') === '' ? 0 : all.findIndex(({ id }) => id === query('after')) + 1;
  const page = all.slice(first, first + PAGE_SIZE);
  const last = page.at(-1);
  return json(200, {
    slots: page.map(({ id, providerId, locationId, start, end, mode }) => ({
      id,
      practitioner: providerId,
      clinic: locationId,
      begins: start,
      ends: end,
      kind: mode === 'telemedicine' ? 'video' : 'visit',
    })),
    ...(last !== undefined && first + PAGE_SIZE < all.length ? { next: last.id } : {}),
  });
}

function patients({ book }: SimulatedHis, { url }: VendorRequest): VendorAnswer {
  const family = url.searchParams.get('family')?.toLowerCase() ?? '';
  const born = url.searchParams.get('born');
  const found = book
    .patients()
    .filter(({ name, birthDate }) => name.family.toLowerCase() === family && birthDate === born);
  return json(200, { patients: found.map(({ id, name, birthDate }) => ({ id, ...name, born: birthDate })) });
}

function newPatient({ book }: SimulatedHis, request: VendorRequest): VendorAnswer {
  const { given = '', family = '', born = '' } = bodyOf(request);
  const patient = {
    id: `P${1000 + book.patients().length}`,
    name: { given: given.split(' '), family },
    birthDate: born,
    identifiers: [],
  };
  book.putPatient(patient);
  return json(201, { id: patient.id, ...patient.name, born });
}

function newAppointment({ book, lookup }: SimulatedHis, request: VendorRequest): VendorAnswer {
  const { slot = '', patient = '', reference } = bodyOf(request);
  const first =
    lookup === 'idempotency-key' ? book.appointments().find((each) => each.transactionId === reference) : undefined;
  if (first !== undefined) return json(200, shown(first));
  if (book.patient(patient) === undefined) return json(404, { code: 'NO-SUCH-PATIENT' });
  return said(book.book({ slotId: slot, patientId: patient, transactionId: reference ?? null }), 201);
}

function read({ book, lookup }: SimulatedHis, { url }: VendorRequest, id: string | undefined): VendorAnswer {
  if (lookup === 'none') return json(403, { code: 'NOT-ALLOWED' });
  const hidesReference = lookup === 'by-patient-and-time';
  if (id !== undefined) {
    const found = book.appointment(id);
    return found === undefined ? json(404, { code: 'NO-SUCH-APPOINTMENT' }) : json(200, shown(found, hidesReference));
  }
  const patient = url.searchParams.get('patient');
  const found = book.appointments().filter(({ patientId }) => patientId === patient);
  return json(200, { appointments: found.map((each) => shown(each, hidesReference)) });
}

/** PUT moves, DELETE cancels; both want to know the version that the client has seen. */
function change(his: SimulatedHis, request: VendorRequest, id: string): VendorAnswer {
  const appointment = his.book.appointment(id);
  if (appointment === undefined) return json(404, { code: 'NO-SUCH-APPOINTMENT' });
  const seen = request.headers['if-match'];
  if (seen === undefined) {
    his.strict.report('if-match-missing', `${request.method} ${request.url.pathname}`);
    return json(412, { code: 'VERSION-MISSING' });
  }
  if (seen !== `"${appointment.version}"`) return json(409, { code: 'VERSION-STALE' });
  if (request.method === 'DELETE') return said(his.book.cancel(id), 200);
  return said(his.book.move(id, bodyOf(request)['slot'] ?? ''), 200);
}

function said(result: ReturnType<SimulatedHis['book']['book']>, status: number): VendorAnswer {
  switch (result.kind) {
    case 'done':
      return json(status, shown(result.appointment));
    case 'slot-taken':
      return json(409, { code: 'SLOT-TAKEN' });
    case 'no-such-slot':
      return json(404, { code: 'NO-SUCH-SLOT' });
    case 'no-such-appointment':
      return json(404, { code: 'NO-SUCH-APPOINTMENT' });
    case 'already-cancelled':
      return json(409, { code: 'CANCELLED-BEFORE' });
    default:
      return result satisfies never;
  }
}

function shown(appointment: SimulatedAppointment, hidesReference = false) {
  const { vendorId, status, version, slot, patientId, transactionId } = appointment;
  const reference = hidesReference ? {} : { reference: transactionId };
  return { id: vendorId, state: status, version, slot: slot.id, patient: patientId, ...reference };
}

/** A body is what anybody may have sent: only its texts are taken. */
function bodyOf(request: VendorRequest): Readonly<Record<string, string | undefined>> {
  try {
    const body: unknown = JSON.parse(request.body);
    if (typeof body !== 'object' || body === null) return {};
    return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value === 'string')) as Record<
      string,
      string
    >;
  } catch {
    return {};
  }
}
