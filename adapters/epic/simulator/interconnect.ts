/**
 * The proprietary Interconnect services. Shapes as seen in a production client (vendors' documentation is behind a licence):
 * US dates, 12 hour times with a leading blank, numbers as text, padded internal ids, several ids per object. Quirks E11, E12, E17.
 */
import { Temporal } from 'temporal-polyfill';
import type {
  SimulatedAppointment,
  SimulatedHis,
  SimulatedPatient,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { EXTERNAL_ID_SYSTEM, VISIT_TYPES } from './hospital.ts';
import { commandFailed, interconnect, type Json } from './reply.ts';
import { isShown } from './appointment-search.ts';
import { csnOf, minutesOf } from './resources.ts';
import { runsOnInto } from './unavailable-time.ts';

export const SERVICES = {
  book: '2014/PatientAccess/External/ScheduleAppointmentWithInsurance/Scheduling/Open/ScheduleWithInsurance',
  cancel: '2014/PatientAccess/External/CancelAppointment/Scheduling/Cancel',
  patientAppointments: '2013/Scheduling/Patient/GETPATIENTAPPOINTMENTS/GetPatientAppointments',
} as const;

type Body = Readonly<Record<string, unknown>>;
const text = (body: Body, name: string): string => (typeof body[name] === 'string' ? body[name] : '');

export function cancelAppointment(his: SimulatedHis, request: VendorRequest): VendorAnswer {
  const body = bodyOf(request);
  const contact = (body['Contact'] ?? {}) as Body;
  const found = his.book.appointments().find((each) => csnOf(each) === text(contact, 'ID'));
  // The wording of both refusals is made up: none is published.
  if (text(contact, 'Type') !== 'CSN' || found === undefined)
    return failed(his, 'CANCEL-FAIL details: code:CONTACT NOT FOUND');
  const result = his.book.cancel(found.vendorId);
  if (result.kind !== 'done') return failed(his, 'CANCEL-FAIL details: code:APPOINTMENT STATUS');
  return interconnect(200);
}

export function patientAppointments(his: SimulatedHis, request: VendorRequest): VendorAnswer {
  const body = bodyOf(request);
  const patient = patientNamed(his, text(body, 'PatientID'), text(body, 'PatientIDType'));
  if (patient === undefined) return failed(his, 'NO-PATIENT details: No patient was found for the ID.');
  const [from, to] = [usDate(text(body, 'StartDate')), usDate(text(body, 'EndDate'))];
  if (from === undefined || to === undefined)
    return failed(his, 'INVALID-DATE details: StartDate and EndDate must be M/D/YYYY.');
  const appointments = his.book.appointments().filter((each) => {
    const day = localStart(his, each).toPlainDate();
    const inside = Temporal.PlainDate.compare(day, from) >= 0 && Temporal.PlainDate.compare(day, to) <= 0;
    const shown = his.quirks.value('E17') !== 'services' || isShown(his, each);
    return each.patientId === patient.id && inside && shown;
  });
  return interconnect(200, {
    Error: isBlank(his) ? '' : null,
    Appointments: appointments.map((each) => appointmentShape(his, each, patient)),
  });
}

export function scheduleWithInsurance(
  his: SimulatedHis,
  request: VendorRequest,
  transactionId: string | null,
): VendorAnswer {
  const body = bodyOf(request);
  const patient = patientNamed(his, text(body, 'PatientID'), text(body, 'PatientIDType'));
  if (patient === undefined) return failed(his, 'NO-PATIENT details: No patient was found for the ID.');
  const slotId = slotOfSchedule(his, request);
  if (slotId === undefined || !his.book.isFree(slotId) || runsOnInto(his, slotId))
    return failed(his, 'MAKE-FAIL details: code:APTWARN ERROR Details:25.');
  if (body['IsReviewOnly'] === true) return interconnect(200, { Appointment: null });
  const comments = Array.isArray(body['Comments']) ? body['Comments'].map(String) : [];
  const result = his.book.book({ slotId, patientId: patient.id, transactionId, notes: comments });
  if (result.kind !== 'done')
    return failed(his, 'MAKE-FAIL details: code:CADENCE CHECK(S) FAILED: slottaken Details:20.');
  return interconnect(200, { Appointment: scheduledShape(his, result.appointment, patient) });
}

/** Key of the slot that a booking by provider, local date and time means. */
export function slotOfSchedule(his: SimulatedHis, request: VendorRequest): string | undefined {
  const body = bodyOf(request);
  const provider = his.book.providers().find((each) => each.id === text(body, 'ProviderID'));
  const zone = his.book.world.locations.find((each) => each.id === provider?.locationId)?.timeZone;
  if (provider === undefined || zone === undefined) return undefined;
  try {
    const start = Temporal.PlainDateTime.from(`${text(body, 'Date')}T${text(body, 'Time')}`).toZonedDateTime(zone);
    return his.book.world.slotId(provider.id, new Date(start.epochMilliseconds));
  } catch {
    return undefined;
  }
}

const failed = (his: SimulatedHis, said: string): VendorAnswer => commandFailed(said, his.quirks.value('E11'));
const isBlank = (his: SimulatedHis): boolean => his.quirks.value('E12') === 'blank';

function appointmentShape(his: SimulatedHis, appointment: SimulatedAppointment, patient: SimulatedPatient): Json {
  const { slot } = appointment;
  const provider = his.book.providers().find((each) => each.id === slot.providerId);
  const location = his.book.world.locations.find((each) => each.id === slot.locationId);
  const visitType = VISIT_TYPES.find((each) => each.mode === slot.mode);
  const start = localStart(his, appointment);
  const isOdd = his.quirks.on('E12');
  const padded = (id: string): string => (isOdd ? id.padStart(10) : id);
  const time = isOdd ? twelveHours(start) : twelveHours(start).trim();
  const duration = String(minutesOf(slot));
  return {
    PatientName: `${patient.name.family},${patient.name.given.join(' ')}`.toUpperCase(),
    Date: `${start.month}/${start.day}/${start.year}`,
    VisitTypeName: visitType?.display.toUpperCase(),
    AppointmentNotes: isBlank(his) && appointment.notes.length === 0 ? '' : appointment.notes,
    AppointmentStartTime: time,
    AppointmentDuration: duration,
    AppointmentStatus: appointment.status === 'booked' ? 'Scheduled' : 'Canceled',
    PatientIDs: [{ ID: padded(externalIdOf(patient)), Type: 'Internal' }],
    ContactIDs: [
      { ID: padded(csnOf(appointment)), Type: 'CSN' },
      { ID: padded(csnOf(appointment)), Type: 'ASN' },
      ...(isBlank(his) ? [{ ID: '', Type: 'UCI' }] : []),
    ],
    VisitTypeIDs: [{ ID: padded(visitType?.code ?? ''), Type: 'Internal' }],
    Providers: [
      {
        ProviderName: provider === undefined ? '' : `${provider.name.family}, ${provider.name.given.join(' ')}`,
        DepartmentName: location?.name.toUpperCase(),
        Time: time,
        Duration: duration,
        ProviderIDs: [{ ID: slot.providerId, Type: 'Internal' }],
        DepartmentIDs: [{ ID: slot.locationId, Type: 'Internal' }],
      },
    ],
    ExtraItems: [
      {
        ItemNumber: '7050',
        Value: isBlank(his) ? '' : null,
        Lines: [String(appointment.notes.length), ...appointment.notes].map((Value, LineNumber) => ({
          LineNumber,
          Value,
          Sublines: isBlank(his) ? '' : null,
        })),
      },
    ],
    ExtraExtensions: [],
  };
}

function scheduledShape(his: SimulatedHis, appointment: SimulatedAppointment, patient: SimulatedPatient): Json {
  const { slot } = appointment;
  const start = localStart(his, appointment);
  const provider = his.book.providers().find((each) => each.id === slot.providerId);
  const location = his.book.world.locations.find((each) => each.id === slot.locationId);
  const visitType = VISIT_TYPES.find((each) => each.mode === slot.mode);
  const ids = (id: string): Json[] => [
    { ID: id.padStart(10), Type: 'Internal' },
    { ID: id, Type: 'External' },
  ];
  const csn = csnOf(appointment);
  const daysSince1840 = Temporal.PlainDate.from('1840-12-31').until(start.toPlainDate()).days;
  return {
    Time: start.toPlainTime().toString({ smallestUnit: 'second' }),
    DurationInMinutes: minutesOf(slot),
    Date: start.toPlainDate().toString(),
    PatientInstructions: [],
    Warnings: null,
    Provider: {
      DisplayName: provider === undefined ? '' : `${provider.name.given.join(' ')} ${provider.name.family}`,
      IDs: ids(slot.providerId),
    },
    Department: {
      Name: location?.name,
      IDs: ids(slot.locationId),
      OfficialTimeZone: { Number: '7', Title: location?.timeZone, Abbreviation: location?.timeZone },
    },
    VisitType: { Name: visitType?.display.toUpperCase(), IDs: ids(visitType?.code ?? '') },
    Patient: { Name: `${patient.name.given.join(' ')} ${patient.name.family}`, IDs: ids(externalIdOf(patient)) },
    ContactIDs: [
      { ID: String(121_531 - daysSince1840), Type: 'DAT' },
      { ID: csn, Type: 'ASN' },
      { ID: csn, Type: 'CSN' },
      { ID: '', Type: 'UCI' },
    ],
  };
}

function localStart(his: SimulatedHis, { slot }: SimulatedAppointment): Temporal.ZonedDateTime {
  const zone = his.book.world.locations.find((each) => each.id === slot.locationId)?.timeZone ?? 'UTC';
  return Temporal.Instant.from(slot.start).toZonedDateTimeISO(zone);
}

/** " 9:15 AM" */
function twelveHours({ hour, minute }: Temporal.ZonedDateTime): string {
  const half = hour < 12 ? 'AM' : 'PM';
  return `${String(((hour + 11) % 12) + 1).padStart(2)}:${String(minute).padStart(2, '0')} ${half}`;
}

function usDate(written: string): Temporal.PlainDate | undefined {
  const [, month, day, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(written) ?? [];
  if (month === undefined) return undefined;
  return Temporal.PlainDate.from({ year: Number(year), month: Number(month), day: Number(day) });
}

function patientNamed(his: SimulatedHis, id: string, type: string): SimulatedPatient | undefined {
  if (type === 'FHIR') return his.book.patient(id);
  return his.book.patients().find((each) => externalIdOf(each) === id.trim());
}

/** Patients made through FHIR have no external id until somebody gives them one. */
function externalIdOf(patient: SimulatedPatient): string {
  return patient.identifiers.find((each) => each.system === EXTERNAL_ID_SYSTEM)?.value ?? patient.id;
}

function bodyOf(request: VendorRequest): Body {
  try {
    return JSON.parse(request.body) as Body;
  } catch {
    return {};
  }
}
