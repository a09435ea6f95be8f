/** The practice system's methods (family B), over the same book. Source: officeemr.knowledgeowl.com; README.md says which are inferred. */
import { randomUUID } from 'node:crypto';
import type { SimulatedHis, SimulatedSlot, VendorAnswer } from '#adapter-kit/simulator';
import { write, type Element } from './elements.ts';
import { zoneOf } from './hub-service.ts';
import { admit } from './patients.ts';
import { habitsOf } from './quirks.ts';
import type { MethodCall } from './request.ts';
import { fromPracticeTime, practiceDay, practiceTime } from './wall-clock.ts';

type Method = (his: SimulatedHis, call: MethodCall, transactionId: string | null) => readonly Element[] | string;

const NAMESPACE = 'http://www.isalushealthcare.webservices/';
const e = (name: string, content: Element['content']): Element => ({ name, in: 'none', content });
const birthday = (birthDate: string): string => birthDate.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$2/$3/$1');

const MESSAGES: Readonly<Record<string, string>> = {
  '1': 'Appointment not found',
  '1001': 'Invalid security key.',
  '1002': 'Invalid identifier.',
  '1404': 'Record not found.',
  '1409': 'The time is not available.',
  '1500': 'Unexpected error.',
  '1503': 'The webservice is not enabled.',
};

const METHODS: Readonly<Record<string, Method>> = {
  'iSalusWindow.GetList': (his, call) =>
    call.text('name') === 'service_location'
      ? [
          e(
            'list',
            his.book.world.locations.map(({ id, name }) => e('item', [e('id', id), e('description', name)])),
          ),
        ]
      : '1002',
  'iSalusWindow.ResourceList': (his, call) => [
    e(
      'resource_list',
      his.book
        .providers()
        .filter(({ locationId }) => locationId === call.text('service_location_eid'))
        .map(({ id, name, specialties }) =>
          e('resource', [
            e('first', name.given.join(' ')),
            e('last', name.family),
            e('entity_id', id),
            e('specialty', specialties[0] ?? ''),
          ]),
        ),
    ),
  ],
  'iSalusSchedule.OpeningList': (his, call) => {
    const zone = zoneOf(his, call.text('service_location_eid'));
    const [from, to] = [
      fromPracticeTime(call.text('start_date_time'), zone),
      fromPracticeTime(call.text('end_date_time'), zone),
    ];
    if (from === undefined || to === undefined) return '1002';
    const free = his.book.freeSlots(from, to).filter(({ providerId }) => providerId === call.text('resource_eid'));
    return [
      e(
        'opening_list',
        free.map((slot) => opening(slot, zone)),
      ),
    ];
  },
  'iSalusSchedule.CreateAppointment': create,
  'iSalusSchedule.CancelAppointment': (his, call) =>
    his.book.cancel(call.text('appointment_id')).kind === 'done' ? [e('passed', 'Y')] : '1',
  'iSalusSchedule.ScheduleList': schedule,
  'iSalusPatient.PatientList': (his, call) => {
    const criteria = call.text('search/criteria').toLowerCase();
    const found = his.book.patients().filter(({ name }) => name.family.toLowerCase().includes(criteria));
    return [
      e(
        'patient_list',
        found.map(({ id, name, birthDate }) =>
          e('patient', [
            e('id', id),
            e('name', `${name.family}, ${name.given.join(' ')}`),
            e('dob', birthday(birthDate)),
          ]),
        ),
      ),
    ];
  },
  'iSalusPatient.SavePatient': (his, call) => {
    const [month = '', day = '', year = ''] = call.text('patient/dob').split('/');
    const family = call.text('patient/last_name');
    if (year === '' || family === '') return '1002';
    return [
      e(
        'patient_id',
        admit(his, { family, given: [call.text('patient/first_name')], birthDate: `${year}-${month}-${day}` }).id,
      ),
    ];
  },
};

export function practiceAnswer(
  his: SimulatedHis,
  call: MethodCall,
  password: string,
  transactionId: string | null,
): VendorAnswer {
  if (call.text('security/key').split('~')[1] !== password) return failed(his, '1001');
  const method = METHODS[call.method];
  const outcome = method === undefined ? '1503' : method(his, call, transactionId);
  return typeof outcome === 'string' ? failed(his, outcome) : reply(his, outcome);
}

/** Both shapes of errors come with status 200. */
export function failed(his: SimulatedHis, code: string): VendorAnswer {
  const text = MESSAGES[code] ?? 'Unexpected error.';
  if (!his.quirks.on('X4')) return reply(his, [e('error_code', code), e('error_message', text)]);
  return reply(his, [
    e('error', [e('code', code), e('description', text), e('log_id', String(parseInt(randomUUID().slice(0, 4), 16)))]),
  ]);
}

function reply(his: SimulatedHis, members: readonly Element[]): VendorAnswer {
  const inside = members.map((each) => write(each, habitsOf(his))).join('');
  return {
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<response xmlns="${NAMESPACE}">${inside}</response>`,
  };
}

/** The slot of a resource and a local time: this system books by these two, not by a key. */
export function slotAsked(his: SimulatedHis, call: MethodCall): SimulatedSlot | undefined {
  const providerId = call.text('resource_eid');
  const start = fromPracticeTime(call.text('start_date_time'), zoneOf(his, call.text('service_location_eid')));
  return start === undefined ? undefined : his.book.slot(his.book.world.slotId(providerId, start));
}

function create(his: SimulatedHis, call: MethodCall, transactionId: string | null): readonly Element[] | string {
  const { book, lookup } = his;
  const first =
    lookup === 'idempotency-key'
      ? book.appointments().find((each) => transactionId !== null && each.transactionId === transactionId)
      : undefined;
  if (first !== undefined) return [e('appointment_id', first.vendorId)];
  const slot = slotAsked(his, call);
  const patientId = call.text('patient_id');
  if (slot === undefined || book.patient(patientId) === undefined) return '1404';
  const key = call.text('appointment_id');
  const comment = call.text('comment');
  const result =
    key === '-1'
      ? book.book({ slotId: slot.id, patientId, transactionId, notes: comment === '' ? [] : [comment] })
      : book.move(key, slot.id);
  if (result.kind === 'done') return [e('appointment_id', result.appointment.vendorId)];
  return result.kind === 'slot-taken' ? '1409' : '1404';
}

/** "Nothing found" is a resource without appointments. */
function schedule(his: SimulatedHis, call: MethodCall): readonly Element[] | string {
  const provider = his.book.providers().find(({ id }) => id === call.text('schedule/entity_id'));
  if (provider === undefined) return '1404';
  if (his.lookup === 'none') return '1503';
  const zone = zoneOf(his, provider.locationId);
  const withCancelled = call.text('schedule/include_cancelled') === 'Y';
  const own = his.book
    .appointments()
    .filter(
      ({ slot, patientId, status }) =>
        slot.providerId === provider.id &&
        patientId === call.text('schedule/patient_id') &&
        practiceDay(slot.start, zone) === call.text('schedule/date') &&
        (withCancelled || status === 'booked'),
    );
  const apps = own.map(({ vendorId, patientId, slot, status, notes }) =>
    e('app', [
      e('appointment_id', vendorId),
      e('patient_id', patientId),
      e('status', status === 'booked' ? 'Scheduled' : 'Cancelled'),
      e('start_date_time', practiceTime(slot.start, zone)),
      e('end_date_time', practiceTime(slot.end, zone)),
      e('comment', his.lookup === 'by-patient-and-time' ? '' : (notes[0] ?? '')),
    ]),
  );
  return [e('resource', [e('last', provider.name.family), e('entity_id', provider.id), ...apps])];
}

function opening({ id, start, end, mode }: SimulatedSlot, zone: string): Element {
  return e('opening', [
    e('opening_id', id),
    e('start_date_time', practiceTime(start, zone)),
    e('end_date_time', practiceTime(end, zone)),
    e('telehealth_ind', mode === 'telemedicine' ? 'Y' : 'N'),
  ]);
}
