/** The regional hub's methods (family A): what each answers, as elements. Source: api.n3med.ru, generated clients of HubService2. */
import type { SimulatedAppointment, SimulatedHis, SimulatedSlot } from '#adapter-kit/simulator';
import { h, t, type Element } from './elements.ts';
import { SPECIALTIES } from './hospital.ts';
import { admit, matching, type PersonAsked } from './patients.ts';
import type { MethodCall } from './request.ts';
import { fromLocalIso, localIso, skippedTimes } from './wall-clock.ts';

type Members = readonly Element[];
type Method = (his: SimulatedHis, call: MethodCall, transactionId: string | null) => Members | number;

/** `IdError` and its text. */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'Внутренняя ошибка',
  20: 'Пациент не найден',
  21: 'Найдено несколько пациентов',
  38: 'Указан недопустимый идентификатор талона на запись',
  39: 'Талон к врачу занят/заблокирован',
  75: 'Талон с указанным номером не существует или уже отменен',
};

export const METHODS: Readonly<Record<string, Method>> = {
  GetLPUList: (his) => [
    list(
      his,
      'ListLPU',
      his.book.world.locations.map(({ id, name }) =>
        h('Clinic', [h('IdLPU', id), h('LPUFullName', name), h('LPUShortName', name), h('IsActive', 'true')]),
      ),
    ),
  ],
  GetSpesialityList: (his, call) => {
    const present = his.book.providers().filter(({ locationId }) => locationId === call.text('idLpu'));
    const offered = SPECIALTIES.filter(({ name }) => present.some(({ specialties }) => specialties.includes(name)));
    return [
      list(
        his,
        'ListSpesiality',
        offered.map(({ id, name }) =>
          h('Spesiality', [h('IdSpesiality', id), h('NameSpesiality', name), h('NearestDate', null)]),
        ),
      ),
    ];
  },
  GetDoctorList: (his, call) => {
    const specialty = SPECIALTIES.find(({ id }) => id === call.text('idSpesiality'))?.name;
    const doctors = his.book
      .providers()
      .filter(
        ({ locationId, specialties }) =>
          locationId === call.text('idLpu') && specialties.some((each) => each === specialty),
      );
    return [
      list(
        his,
        'Docs',
        doctors.map(({ id, name }) =>
          h('Doctor', [h('IdDoc', id), h('Name', [name.family, ...name.given].join(' ')), h('NearestDate', null)]),
        ),
      ),
    ];
  },
  GetAvaibleAppointments: tickets,
  SetAppointment: set,
  CreateClaimForRefusal: (his, call) => {
    const appointment = appointmentNamed(his, call.text('idAppointment'), call.text('idPat'));
    if (appointment === undefined) return 75;
    return his.book.cancel(appointment.vendorId).kind === 'done' ? [] : 75;
  },
  GetPatientHistory: history,
  CheckPatient: (his, call) => {
    const [only, another] = matching(his, personIn(call, 'pat'));
    if (only === undefined) return 20;
    return another === undefined ? [h('IdPat', only.id)] : 21;
  },
  AddNewPatient: (his, call) => [h('IdPat', admit(his, personIn(call, 'patient')).id)],
};

/** The element that a method answers with. Every answer says whether it succeeded, and names its own number. */
export function answerOf(method: string, outcome: Members | number): Element {
  const failed = typeof outcome === 'number';
  const errors = failed
    ? [h('ErrorList', [h('Error', [h('ErrorDescription', ERRORS[outcome] ?? null), h('IdError', String(outcome))])])]
    : [];
  const members = [...errors, h('IdHistory', '1'), h('Success', String(!failed)), ...(failed ? [] : outcome)];
  return t(`${method}Response`, [t(`${method}Result`, members)]);
}

export function zoneOf(his: SimulatedHis, locationId: string): string {
  return his.book.world.locations.find(({ id }) => id === locationId)?.timeZone ?? 'UTC';
}

function tickets(his: SimulatedHis, call: MethodCall): Members | number {
  const zone = zoneOf(his, call.text('idLpu'));
  const [from, to] = [fromLocalIso(call.text('visitStart'), zone), fromLocalIso(call.text('visitEnd'), zone)];
  if (from === undefined || to === undefined) return 99;
  const isAsked = (slot: SimulatedSlot): boolean =>
    slot.providerId === call.text('idDoc') && slot.locationId === call.text('idLpu');
  const free = his.book
    .freeSlots(from, to)
    .filter(isAsked)
    .map((slot) => ticket(slot, zone));
  const first = free[0];
  const untidy = his.quirks.on('X14') && first !== undefined ? [first, ...pastTickets(zone)] : [];
  const skipped = his.quirks.on('X8')
    ? [ticketAt('99990000000000000001', skippedTimes(new Date().getFullYear() + 1))]
    : [];
  // The later half first: nobody promised an order.
  return [
    list(his, 'ListAppointments', [
      ...untidy,
      ...free.slice(free.length / 2),
      ...skipped,
      ...free.slice(0, free.length / 2),
    ]),
  ];
}

function ticket({ id, start, end, mode }: SimulatedSlot, zone: string): Element {
  return ticketAt(id, { start: localIso(start, zone), end: localIso(end, zone) }, mode === 'telemedicine' ? 'TM' : '');
}

const ticketAt = (id: string, { start, end }: { readonly start: string; readonly end: string }, room = ''): Element =>
  h('Appointment', [
    h('Address', null),
    h('IdAppointment', id),
    h('Num', null),
    h('Room', room),
    h('VisitEnd', end),
    h('VisitStart', start),
  ]);

function pastTickets(zone: string): Element[] {
  const start = new Date(Date.now() - 24 * 3_600_000).toISOString();
  return [ticketAt('00000000000000000001', { start: localIso(start, zone), end: localIso(start, zone) })];
}

function set(his: SimulatedHis, call: MethodCall, transactionId: string | null): Members | number {
  const { book, lookup } = his;
  const done: Members = [h('Type', 'отсутстствует_неопределено')];
  const isRepeated =
    lookup === 'idempotency-key' && book.appointments().some((each) => each.transactionId === transactionId);
  if (transactionId !== null && isRepeated) return done;
  const slot = book.slot(call.text('idAppointment'));
  if (slot === undefined || slot.locationId !== call.text('idLpu')) return 38;
  const patientId = call.text('idPat');
  if (book.patient(patientId) === undefined) return 20;
  const previous = call.text('idAppointmentPrev');
  const old = previous === '' ? undefined : appointmentNamed(his, previous, patientId);
  if (previous !== '' && old === undefined) return 75;
  const result =
    old === undefined ? book.book({ slotId: slot.id, patientId, transactionId }) : book.move(old.vendorId, slot.id);
  return result.kind === 'done' ? done : 39;
}

function history(his: SimulatedHis, call: MethodCall): Members {
  const zone = zoneOf(his, call.text('idLpu'));
  const own = his.book
    .appointments()
    .filter(({ patientId, slot }) => patientId === call.text('idPat') && slot.locationId === call.text('idLpu'));
  const shown = (name: string, status: SimulatedAppointment['status']): Element[] =>
    own
      .filter((each) => each.status === status && each.slot.start > new Date().toISOString())
      .map((each) =>
        h(name, [
          h('DateCreatedAppointment', localIso(each.createdAt, zone)),
          h('DoctorRendingConsultation', [h('IdDoc', each.slot.providerId), h('Snils', null)]),
          h('IdAppointment', his.quirks.on('X10') ? each.slot.id : each.vendorId),
          h(
            'RelatesTo',
            his.lookup === 'by-patient-and-time' || each.transactionId === null
              ? null
              : `urn:uuid:${each.transactionId}`,
          ),
          h('VisitStart', localIso(each.slot.start, zone)),
        ]),
      );
  return [
    list(his, 'ListHistoryRefusal', shown('HistoryRefusal', 'cancelled')),
    list(his, 'ListHistoryVisit', shown('HistoryVisit', 'booked')),
  ];
}

/** By the booking's own key, or by the ticket that it was made with. Only one that stands, and only the patient's own. */
function appointmentNamed(his: SimulatedHis, key: string, patientId: string): SimulatedAppointment | undefined {
  return his.book
    .appointments()
    .find(
      (each) =>
        each.patientId === patientId && each.status === 'booked' && (each.vendorId === key || each.slot.id === key),
    );
}

function personIn(call: MethodCall, argument: string): PersonAsked {
  const text = (name: string): string => call.text(`${argument}/${name}`);
  const given = [text('Name'), text('SecondName')].filter((each) => each !== '');
  return {
    family: text('Surname'),
    given,
    birthDate: text('Birthday').slice(0, 10),
    snils: text('Snils'),
    phone: text('CellPhone'),
  };
}

function list(his: SimulatedHis, name: string, elements: readonly Element[]): Element {
  return h(name, elements.length === 0 && his.quirks.on('X2') ? null : elements);
}
