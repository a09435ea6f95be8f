/** Booking and changing: SRM, answered by SRR (or ACK), at once or later. Source: HL7 v2.5.1 chapter 10.3. */
import {
  readAck,
  readHl7,
  type BookRequest,
  type Call,
  type CancelRequest,
  type Evidence,
  type Hl7Message,
  type MllpAnswer,
  type Outcome,
  type RescheduleRequest,
} from '#adapter-kit';
import { classify, type Intent } from './classify.ts';
import { heardIn } from './heard.ts';
import type { Line } from './line.ts';
import { lookUp } from './lookup.ts';
import { PLACER_SYSTEM, bookMessage, cancelMessage, placerIdIn, rescheduleMessage } from './messages.ts';
import type { Hl7Settings } from './settings.ts';

export async function book(settings: Hl7Settings, line: Line, call: Call, request: BookRequest): Promise<Outcome> {
  const answer = await line.send(call, bookMessage(settings, call, request), true);
  const outcome = outcomeOf(settings, call, answer, 'book');
  if (!isSlotTaken(outcome) || call.attempt === 1) return outcome;
  // An earlier attempt may have it: "taken" is final, so one more look before it is said.
  const finding = await lookUp(settings, line, call, { kind: 'book', ...request, knownExternalIds: [] });
  return finding.kind === 'found' ? { class: 'success', ...finding } : outcome;
}

export async function cancel(settings: Hl7Settings, line: Line, call: Call, request: CancelRequest): Promise<Outcome> {
  const answer = await line.send(call, cancelMessage(settings, call, request), true);
  return withKeys(outcomeOf(settings, call, answer, 'cancel', request.externalId), request);
}

export async function reschedule(
  settings: Hl7Settings,
  line: Line,
  call: Call,
  request: RescheduleRequest,
): Promise<Outcome> {
  const answer = await line.send(call, rescheduleMessage(settings, call, request), true);
  return withKeys(outcomeOf(settings, call, answer, 'reschedule', request.externalId), request);
}

/** `externalId`: of the appointment that is changed, which an answer need not repeat. */
function outcomeOf(
  settings: Hl7Settings,
  call: Call,
  answer: MllpAnswer,
  intent: Exclude<Intent, 'query'>,
  externalId?: string,
): Outcome {
  const message = answer.application ?? answer.accept;
  const ack = message && readAck(message);
  if (message === undefined || ack === undefined) return { class: 'unknown', reason: 'no-acknowledgement' };
  // Stored, not processed: whether it is booked the HIS tells later, in its feed or when it is asked.
  if (ack.code === 'CA') return { class: 'unknown', reason: 'awaiting-application-ack', vendorCode: 'CA' };
  if (ack.code !== 'AA') return classify(ack, intent);
  if (ack.errors.some(({ severity }) => severity === 'E' || severity === 'F')) {
    return { class: 'unknown', reason: 'error-in-accepted-reply', vendorCode: `AA-${ack.errors[0]?.code ?? ''}` };
  }
  return evidenceIn(settings, call, message, intent, externalId);
}

/** Accepted, as what? Only an appointment in the right state is a success. */
function evidenceIn(
  settings: Hl7Settings,
  call: Call,
  message: Hl7Message,
  intent: Exclude<Intent, 'query'>,
  externalId: string | undefined,
): Outcome {
  const heard = message.segments('SCH').length === 0 ? undefined : heardIn(settings, call, message);
  const key = externalId ?? heard?.externalId;
  // A bare AA gives no key to cancel by: the feed brings it.
  if (key === undefined) return { class: 'unknown', reason: 'no-appointment-in-reply' };
  if (heard !== undefined && (heard.status === 'pending' || heard.status === 'waitlist')) {
    return { class: 'unknown', reason: 'not-confirmed-yet', vendorCode: heard.status };
  }
  const isCancelled = heard?.status === 'cancelled' || heard?.status === 'entered-in-error';
  if (intent !== 'cancel' && isCancelled) {
    return { class: 'uncategorised', reason: 'not-booked', vendorCode: heard.status };
  }
  const placer = intent === 'book' ? [{ system: PLACER_SYSTEM, value: call.transactionId }] : [];
  return { class: 'success', externalId: key, identifiers: placer };
}

/** A change keeps the key that the appointment was booked under. */
function withKeys(outcome: Outcome, { identifiers }: CancelRequest): Outcome {
  const placerId = placerIdIn(identifiers);
  if (outcome.class !== 'success' || placerId === undefined) return outcome;
  const kept: Evidence = { ...outcome, identifiers: [{ system: PLACER_SYSTEM, value: placerId }] };
  return kept;
}

const isSlotTaken = (outcome: Outcome): boolean => outcome.class === 'conflict' && outcome.reason === 'slot-taken';

/** Read back before it is sent: what the mapping made is a message. Used by the connection check. */
export function bookDry(settings: Hl7Settings, call: Call, request: BookRequest): Hl7Message {
  return readHl7(bookMessage(settings, call, request));
}
