/** Appointments as the domain shows them, and the two ways to get to see one. Source: docs.oracle.com mfrap, Appointment (R4). */
import { AdapterError, type Call, type PatientAtHis, type SlotAtHis } from '#adapter-kit';
import { Refused, type CernerClient } from './client.ts';
import { pages } from './pages.ts';
import type { Window } from './slots.ts';

/** mappings/cerner/appointment.yaml */
export interface HisAppointment {
  readonly externalId: string;
  readonly version: string;
  readonly status: string;
  readonly start?: string;
  readonly end?: string;
  readonly patientExternalId?: string;
  readonly locationExternalId?: string;
  readonly slotExternalId?: string;
  readonly providerExternalId?: string;
  /** Returned by some domains only. */
  readonly comment?: string;
  readonly isCancelable?: boolean;
  readonly isReschedulable?: boolean;
}

const SECOND_MS = 1000;

/** One that was cancelled, or never was meant, proves nothing: a transaction that was undone and replayed left it behind. */
export const isLive = ({ status }: HisAppointment): boolean =>
  status !== 'cancelled' && status !== 'entered-in-error' && status !== 'proposed';

/** The appointment with this id; undefined when there is none. Throws Refused or AdapterError. */
export async function readAppointment(
  client: CernerClient,
  call: Call,
  externalId: string,
): Promise<HisAppointment | undefined> {
  try {
    const resource = await client.read(call, 'Appointment', externalId);
    return appointmentsIn(call, { resourceType: 'Bundle', entry: [{ resource }] })[0];
  } catch (error) {
    if (error instanceof Refused && error.refusal.class === 'not-found') return undefined;
    throw error;
  }
}

/** The patient's appointments that start when the slot does; or end then, which `date` finds, too. Throws Refused or AdapterError. */
export async function appointmentsAt(
  client: CernerClient,
  call: Call,
  patient: PatientAtHis,
  slot: SlotAtHis,
): Promise<HisAppointment[]> {
  const to = new Date(Date.parse(slot.start) + SECOND_MS).toISOString();
  // The mapping names exactly these two members, both required.
  const bounds = call.map('search-window', { from: slot.start, to }) as Window;
  const query = new URLSearchParams([
    ['patient', patient.externalId],
    ['date', `ge${bounds.from}`],
    ['date', `lt${bounds.to}`],
    ['_count', '50'],
  ]);
  const found = new Map<string, HisAppointment>();
  for await (const page of pages(client, call, `Appointment?${query.toString()}`)) {
    for (const appointment of appointmentsIn(call, page)) found.set(appointment.externalId, appointment);
  }
  return [...found.values()];
}

export const isSameTime = (a: string, b: string): boolean => Date.parse(a) === Date.parse(b);

/** True when the appointment is the one of this slot; by slot where the domain says it, else by start and practitioner. */
export function isAt(appointment: HisAppointment, slot: SlotAtHis): boolean {
  const { slotExternalId, start, providerExternalId } = appointment;
  if (slotExternalId !== undefined) return slotExternalId === slot.externalId;
  return start !== undefined && isSameTime(start, slot.start) && providerExternalId === slot.providerExternalId;
}

/**
 * Whose appointment it is, where the domain shows the comment: `ours`, `theirs` (another transaction's, or made at the desk), or
 * `unsaid`: there is none, or the domain does not show it.
 */
export function noteIn({ comment }: HisAppointment, transactionId: string): 'ours' | 'theirs' | 'unsaid' {
  if (comment?.includes(`hub:${transactionId}`)) return 'ours';
  return comment ? 'theirs' : 'unsaid';
}

/**
 * What a look came to.
 * seen      an answer
 * refused   this way is closed here (no scope)
 * failed    it did not work this time
 */
export type Look<Seen> =
  | { readonly kind: 'seen'; readonly it: Seen }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Credentials and settings are for a person and are thrown; everything else may work the next time. */
export async function looking<Seen>(work: Promise<Seen>): Promise<Look<Seen>> {
  try {
    return { kind: 'seen', it: await work };
  } catch (error) {
    if (error instanceof Refused) {
      const { class: kind, reason } = error.refusal;
      return kind === 'auth' || kind === 'unsupported' ? { kind: 'refused' } : { kind: 'failed', reason };
    }
    if (error instanceof AdapterError && (error.kind === 'unavailable' || error.kind === 'protocol')) {
      return { kind: 'failed', reason: error.reason };
    }
    throw error;
  }
}

export function appointmentsIn(call: Call, bundle: unknown): HisAppointment[] {
  return call.map('appointment', bundle) as HisAppointment[];
}
