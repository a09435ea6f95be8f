/** The two ways to find an appointment again: the Interconnect service, which shows notes, and the FHIR search, which does not. */
import { AdapterError, type Call, type PatientAtHis, type SlotAtHis } from '#adapter-kit';
import { ignored, isPartial } from './classify.ts';
import { Refused, type EpicClient } from './client.ts';
import { appointmentsIn, csnOf, type HisAppointment } from './his-appointment.ts';

/**
 * seen      an answer; `partial`: the HIS says that it may lack something
 * refused   this way is closed here (no licence, no scope)
 * failed    it did not work this time
 */
export type Look =
  | { readonly kind: 'seen'; readonly appointments: readonly HisAppointment[]; readonly partial: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly reason: string };

/** The patient's appointments on the slot's day, with their notes and CSN. */
export function lookByService(client: EpicClient, call: Call, patient: PatientAtHis, slot: SlotAtHis): Promise<Look> {
  return looking(async () => {
    const { interconnect, csnSystem } = client.settings;
    const key = client.patientKey(patient);
    if (interconnect === undefined || key === undefined) return { kind: 'refused' };
    const { user, userIdType } = interconnect;
    const { start, timeZone } = slot;
    const request = call.map('service-appointments-request', { ...key, start, timeZone, user, userIdType });
    const reply = await client.service(call, 'patientAppointments', request, 'read');
    // The mapping holds each of its items to the contract his-appointment.
    const appointments = call.map('service-appointment', { reply, timeZone, csnSystem }) as HisAppointment[];
    return { kind: 'seen', appointments, partial: false };
  });
}

/** The patient's booked appointments around the slot's day. */
export function lookBySearch(client: EpicClient, call: Call, patient: PatientAtHis, slot: SlotAtHis): Promise<Look> {
  // The mapping names exactly these two members, both required.
  const { local, utc } = call.map('search-days', { start: slot.start, timeZone: slot.timeZone }) as {
    local: string;
    utc: string;
  };
  const [first, last] = local < utc ? [local, utc] : [utc, local];
  const query = new URLSearchParams([
    ['patient', patient.externalId],
    ['date', `ge${first}`],
    ['date', `le${last}`],
    ['status', 'booked'],
  ]);
  return lookByQuery(client, call, query);
}

/** By contact serial number: from the service's answer to the FHIR id. A site that ignores the number shows others, too. */
export async function lookByCsn(client: EpicClient, call: Call, csn: string): Promise<Look> {
  const query = new URLSearchParams({ identifier: `${client.settings.csnSystem}|${csn}` });
  const look = await lookByQuery(client, call, query);
  if (look.kind !== 'seen') return look;
  return { ...look, appointments: look.appointments.filter(({ identifiers }) => csnOf(identifiers) === csn) };
}

/** By the FHIR id. An unknown id is `seen`, with no appointments. */
export function lookById(client: EpicClient, call: Call, externalId: string): Promise<Look> {
  return looking(async () => {
    try {
      const resource = await client.fhir(call, {
        version: 'R4',
        path: `Appointment/${encodeURIComponent(externalId)}`,
        intent: 'read',
      });
      const appointments = appointmentsIn(call, { resourceType: 'Bundle', entry: [{ resource }] });
      if (appointments.length === 0) return { kind: 'failed', reason: 'unexpected-resource' };
      return { kind: 'seen', appointments, partial: false };
    } catch (error) {
      const unknown = error instanceof Refused && error.refusal.class === 'not-found';
      if (!unknown) throw error;
      return { kind: 'seen', appointments: [], partial: false };
    }
  });
}

function lookByQuery(client: EpicClient, call: Call, query: URLSearchParams): Promise<Look> {
  return looking(async () => {
    const path = `Appointment?${query.toString()}`;
    const bundle = await client.bundle(call, { version: 'R4', path, intent: 'read' });
    // Appointments of whom? What is not there may be, and what is there may be somebody else's.
    if (ignored(bundle, ['patient'])) return { kind: 'failed', reason: 'parameter-ignored' };
    return { kind: 'seen', appointments: appointmentsIn(call, bundle), partial: isPartial(bundle) };
  });
}

async function looking(work: () => Promise<Look>): Promise<Look> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) {
      const closed =
        error.refusal.class === 'auth' || error.refusal.class === 'unsupported' || error.refusal.class === 'not-found';
      return closed ? { kind: 'refused' } : { kind: 'failed', reason: error.refusal.reason };
    }
    // Credentials and settings are for a person; everything else may work the next time.
    if (error instanceof AdapterError && (error.kind === 'unavailable' || error.kind === 'protocol')) {
      return { kind: 'failed', reason: error.reason };
    }
    throw error;
  }
}
