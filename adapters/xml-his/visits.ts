/** What the HIS shows of a patient's appointments: the ground for every look-up. */
import { AdapterError, type Call, type Identifier, type PatientAtHis, type SlotAtHis } from '#adapter-kit';
import type { XmlClient } from './client.ts';
import { readRows } from './rows.ts';

/** contracts/schemas/his-appointment.schema.json */
export interface Visit {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
  readonly status: string;
  readonly start: string;
  readonly providerExternalId?: string;
  readonly notes?: readonly string[];
}

/**
 * seen     all that the HIS shows
 * refused  this HIS does not let itself be asked
 * failed   it did not work this time
 */
export type Look =
  | { readonly kind: 'seen'; readonly visits: readonly Visit[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly reason: string };

/** The patient's visits around `slot`: its location, its provider, its day, whatever the HIS asks for. */
export async function lookAt(client: XmlClient, call: Call, patient: PatientAtHis, slot: SlotAtHis): Promise<Look> {
  const operation = client.operation('lookup');
  const slotMinutes = (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
  const input = { patient, slot, timeZone: slot.timeZone, slotMinutes };
  try {
    const answer = await client.ask(call, operation, input);
    if (answer.kind === 'refused') {
      const { class: kind, reason } = answer.refusal;
      return kind === 'unsupported' || kind === 'not-found' ? { kind: 'refused' } : { kind: 'failed', reason };
    }
    // A row left out could be ours: one that cannot be read makes the whole look worthless.
    const rows = readRows(call, operation, answer.result, { ...input, site: client.settings.values }, 'fail');
    return { kind: 'seen', visits: rows as unknown as Visit[] };
  } catch (error) {
    // Credentials and settings are for a person; everything else may work the next time.
    // So may a login page: sessions come and go.
    const passing =
      error instanceof AdapterError &&
      (error.kind === 'unavailable' || error.kind === 'protocol' || error.reason === 'login-page');
    if (passing) return { kind: 'failed', reason: error.reason };
    throw error;
  }
}

export const stands = ({ status }: Visit): boolean => status !== 'cancelled' && status !== 'entered-in-error';

/** The strong sign: the visit carries this transaction's id. One that was cancelled proves nothing: it may be left from an undone try. */
export function isMarked(call: Call, visit: Visit): boolean {
  return stands(visit) && (visit.notes?.some((note) => note.includes(call.transactionId)) ?? false);
}

const A_TRANSACTION = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

export function isMarkedByAnother(call: Call, { notes = [] }: Visit): boolean {
  return notes.some((note) => A_TRANSACTION.test(note) && !note.includes(call.transactionId));
}

/** Nothing is noted, or this HIS does not show it. Whatever else is noted was not noted by this transaction. */
export const isUnmarked = ({ notes = [] }: Visit): boolean => notes.length === 0;

/** At the slot's time, with its provider (where the HIS says who). */
export function isAt(visit: Visit, slot: SlotAtHis): boolean {
  const sameTime = Date.parse(visit.start) === Date.parse(slot.start);
  return sameTime && (visit.providerExternalId ?? slot.providerExternalId) === slot.providerExternalId;
}
