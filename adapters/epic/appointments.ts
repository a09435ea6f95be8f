/** Appointments of patients: Epic lists them patient by patient only. Source: fhir.epic.com, Appointment.Search (Appointments) (R4). */
import { AdapterError, inParallel, type Call, type FoundAppointment } from '#adapter-kit';
import { asError, ignored, isPartial } from './classify.ts';
import { Refused, type EpicClient } from './client.ts';
import { appointmentsIn, type HisAppointment } from './his-appointment.ts';

const SEARCHES_AT_ONCE = 8;
const DAY_MS = 24 * 60 * 60_000;

interface Request {
  /** RFC 3339 */
  readonly from: string;
  readonly to: string;
  readonly patients: readonly string[];
}

/** Those of `patients` that start in [from, to). Partial data prove nothing, so they are an error. Throws AdapterError. */
export async function* listAppointments(
  client: EpicClient,
  call: Call,
  request: Request,
): AsyncIterable<readonly FoundAppointment[]> {
  const found = inParallel(request.patients, SEARCHES_AT_ONCE, (patient) =>
    appointmentsOf(client, call, patient, request),
  );
  for await (const appointments of found) {
    yield appointments
      .filter(
        ({ start }) => Date.parse(start) >= Date.parse(request.from) && Date.parse(start) < Date.parse(request.to),
      )
      .flatMap((each) => asListed(each));
  }
}

async function appointmentsOf(
  client: EpicClient,
  call: Call,
  patient: string,
  { from, to }: Request,
): Promise<HisAppointment[]> {
  // Days are the site's, whose zone may be on either side of UTC.
  const day = (instant: string, offsetMs: number): string =>
    new Date(Date.parse(instant) + offsetMs).toISOString().slice(0, 10);
  const query = new URLSearchParams([
    ['patient', patient],
    ['date', `ge${day(from, -DAY_MS)}`],
    ['date', `le${day(to, DAY_MS)}`],
  ]);
  try {
    const bundle = await client.bundle(call, {
      version: 'R4',
      path: `Appointment?${query.toString()}`,
      intent: 'read',
    });
    if (ignored(bundle, ['patient', 'date']))
      throw new AdapterError('protocol', 'parameter-ignored', 'the search has ignored the patient or the date');
    if (isPartial(bundle))
      throw new AdapterError('protocol', 'partial-data', 'the search says that it may lack something');
    return appointmentsIn(call, bundle).map((each) => ({ patientExternalId: patient, ...each }));
  } catch (error) {
    throw error instanceof Refused ? asError(error.refusal) : error;
  }
}

const OVER: ReadonlySet<string> = new Set(['cancelled', 'entered-in-error']);
const NOT_YET: ReadonlySet<string> = new Set(['proposed', 'pending', 'waitlist']);

function asListed(appointment: HisAppointment): FoundAppointment[] {
  const { externalId, status, start, end, patientExternalId, providerExternalId, locationExternalId } = appointment;
  if (NOT_YET.has(status)) return [];
  return [
    {
      externalId,
      status: OVER.has(status) ? 'cancelled' : 'booked',
      start,
      ...(end === undefined ? {} : { end }),
      ...(patientExternalId === undefined ? {} : { patientExternalId }),
      ...(providerExternalId === undefined ? {} : { providerExternalId }),
      ...(locationExternalId === undefined ? {} : { locationExternalId }),
    },
  ];
}
