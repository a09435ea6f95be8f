/** All appointments of the practitioners that are synchronised. Source: docs.oracle.com mfrap, Appointment (R4) "Search": practitioner and date. */
import { inParallel, type Call, type FoundAppointment } from '#adapter-kit';
import type { CernerClient } from './client.ts';
import { appointmentsIn, isLive, type HisAppointment } from './his-appointment.ts';
import { pages } from './pages.ts';
import { practitionersOf, readable, type Window } from './slots.ts';

const PAGE_SIZE = 50;
const SEARCHES_AT_ONCE = 8;
const REFERENCE = /hub:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/i;

/** Appointments that start in [from, to), each once. Throws AdapterError. */
export async function* listAppointments(
  client: CernerClient,
  call: Call,
  { from, to }: Window,
): AsyncIterable<readonly FoundAppointment[]> {
  const seen = new Set<string>();
  const practitionerIds = await practitionersOf(client, call);
  const found = inParallel(practitionerIds, SEARCHES_AT_ONCE, (id) => appointmentsOf(client, call, id, { from, to }));
  for await (const appointments of found) {
    yield appointments.flatMap((each): FoundAppointment[] => {
      const listed = asListed(each);
      // `date` finds what ends at that minute, too.
      if (!listed || seen.has(listed.externalId) || Date.parse(listed.start) < Date.parse(from)) return [];
      seen.add(listed.externalId);
      return [listed];
    });
  }
}

async function appointmentsOf(
  client: CernerClient,
  call: Call,
  practitionerId: string,
  window: Window,
): Promise<HisAppointment[]> {
  // The mapping names exactly these two members, both required.
  const bounds = call.map('search-window', window) as Window;
  const query = new URLSearchParams([
    ['practitioner', practitionerId],
    ['date', `ge${bounds.from}`],
    ['date', `lt${bounds.to}`],
    ['_count', String(PAGE_SIZE)],
  ]);
  const appointments: HisAppointment[] = [];
  for await (const page of readable(pages(client, call, `Appointment?${query.toString()}`))) {
    appointments.push(...appointmentsIn(call, page));
  }
  return appointments;
}

/** A proposed one has no time yet, and takes none. */
function asListed(appointment: HisAppointment): FoundAppointment | undefined {
  const { externalId, status, start, comment } = appointment;
  if (start === undefined || status === 'proposed') return undefined;
  const transactionId = REFERENCE.exec(comment ?? '')?.[1];
  const { end, slotExternalId, providerExternalId, locationExternalId, patientExternalId } = appointment;
  return {
    externalId,
    status: isLive(appointment) ? 'booked' : 'cancelled',
    start,
    ...(end === undefined ? {} : { end }),
    ...(slotExternalId === undefined ? {} : { slotExternalId }),
    ...(providerExternalId === undefined ? {} : { providerExternalId }),
    ...(locationExternalId === undefined ? {} : { locationExternalId }),
    ...(patientExternalId === undefined ? {} : { patientExternalId }),
    ...(transactionId === undefined ? {} : { transactionId }),
  };
}
