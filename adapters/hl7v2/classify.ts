/**
 * What a negative acknowledgement means. Sources: HL7 v2.5.1 chapter 2 (tables 0008 and 0357), chapter 10; Microsoft BizTalk HL7
 * "Message acknowledgment segment" for the two meanings of AR. Receivers mix AE and AR, so the code in ERR goes first.
 */
import type { ReceivedAck, Refusal } from '#adapter-kit';

export type Intent = 'book' | 'cancel' | 'reschedule' | 'query';

type Meaning = Pick<Refusal, 'class' | 'reason'>;

const SLOT_TAKEN: Meaning = { class: 'conflict', reason: 'slot-taken' };

/** ERR-3 (ERR-1.4 before v2.5), table 0357. 204 and 205 depend on the place, see below. */
const CODES: Readonly<Record<string, Meaning>> = {
  '100': { class: 'invalid', reason: 'segment-sequence' },
  '101': { class: 'invalid', reason: 'required-field-missing' },
  '102': { class: 'invalid', reason: 'data-type' },
  '103': { class: 'invalid', reason: 'table-value-unknown' },
  '200': { class: 'unsupported', reason: 'message-type' },
  '201': { class: 'unsupported', reason: 'event' },
  '202': { class: 'unsupported', reason: 'processing-id' },
  '203': { class: 'unsupported', reason: 'version' },
  // Not executed, and nothing is wrong with the message: it is sent again, with the same MSH-10.
  '206': { class: 'transient', reason: 'record-locked' },
  '207': { class: 'transient', reason: 'application-error' },
};

/** ERR-5, the receiver's own words. Each site has its own; these are those of the samples and of the sandbox. */
const OWN_CODES: readonly { readonly fits: RegExp; readonly meaning: Meaning }[] = [
  { fits: /^SLOT[-_ ]?TAKEN$/i, meaning: SLOT_TAKEN },
  { fits: /^PATIENT[-_ ]?BOOKED$/i, meaning: { class: 'conflict', reason: 'patient-already-booked' } },
  { fits: /^(AUTH|SECURITY|TOKEN|UNAUTHORI[SZ]ED)/i, meaning: { class: 'auth', reason: 'credentials-refused' } },
];

/** MSA-3 is often all there is. Read only where no code says better. */
const TEXTS: readonly { readonly fits: RegExp; readonly meaning: Meaning }[] = [
  { fits: /slot.*(taken|not available|no longer)/i, meaning: SLOT_TAKEN },
  { fits: /record.*locked/i, meaning: { class: 'transient', reason: 'record-locked' } },
];

/** For an acknowledgement other than AA and CA. */
export function classify(ack: ReceivedAck, intent: Intent): Refusal {
  const [error] = ack.errors;
  const own = error?.applicationCode;
  const vendorCode = [ack.code, error?.code, own].filter(Boolean).join('-');
  const meaning =
    OWN_CODES.find(({ fits }) => own !== undefined && fits.test(own))?.meaning ??
    byCode(error, intent) ??
    TEXTS.find(({ fits }) => ack.text !== undefined && fits.test(ack.text))?.meaning ??
    byAcknowledgement(ack, error?.code);
  return { ...meaning, vendorCode };
}

function byCode(error: ReceivedAck['errors'][number] | undefined, intent: Intent): Meaning | undefined {
  if (error === undefined) return undefined;
  const { segment, field } = error.location ?? {};
  if (error.code === '204') {
    if (segment === 'PID') return { class: 'not-found', reason: 'patient-unknown' };
    const isResource = segment !== undefined && ['AIS', 'AIP', 'AIL', 'AIG'].includes(segment);
    return { class: 'not-found', reason: isResource ? 'resource-unknown' : 'appointment-unknown' };
  }
  if (error.code === '205') {
    // The key that is there already is ours: an earlier copy of this very message may have been executed.
    if ((segment === 'ARQ' || segment === 'SCH') && field === 1)
      return { class: 'unknown', reason: 'duplicate-placer-key' };
    return intent === 'cancel' ? { class: 'invalid', reason: 'duplicate-key' } : SLOT_TAKEN;
  }
  return CODES[error.code];
}

/** No code that the table lists. */
function byAcknowledgement({ code }: ReceivedAck, listed: string | undefined): Meaning {
  if (listed !== undefined && listed !== '') return { class: 'uncategorised', reason: 'unlisted-code' };
  // AR and CR without a word are trouble of the receiver, not of the message.
  if (code === 'AR' || code === 'CR') return { class: 'transient', reason: 'rejected-without-code' };
  return { class: 'invalid', reason: 'refused-without-code' };
}
