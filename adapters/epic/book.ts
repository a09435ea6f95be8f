/** Booking by STU3 Appointment.$book, right after a fresh $find: its tokens live for minutes. Source: specification 839. */
import type { BookRequest, Call, Outcome } from '#adapter-kit';
import { ALREADY_BOOKED, classify } from './classify.ts';
import { Refused, failedBeforeWriting, ok, type EpicClient } from './client.ts';
import { lookByService } from './find-appointment.ts';
import { appointmentsIn, evidenceOf } from './his-appointment.ts';
import { foundByNote } from './lookup.ts';
import { bookTokenOf } from './slots.ts';

const SLOT_TAKEN: Outcome = { class: 'conflict', reason: 'slot-taken' };

/** A token can die between $find and $book; then, and only then, the slot is asked for once more. */
const TOKENS_TRIED = 2;

export async function book(client: EpicClient, call: Call, request: BookRequest): Promise<Outcome> {
  for (let tried = 0; tried < TOKENS_TRIED; tried += 1) {
    let token: string | undefined;
    try {
      token = await bookTokenOf(client, call, request.slot, request.patient.externalId);
    } catch (error) {
      // Nothing has been written, or the last $book said that it did nothing.
      return failedBeforeWriting(error);
    }
    if (token === undefined) return (await alreadyOurs(client, call, request)) ?? SLOT_TAKEN;
    const outcome = await bookOffer(client, call, request, token);
    if (outcome.class !== 'conflict') return outcome;
    if (outcome.reason === ALREADY_BOOKED) return (await alreadyOurs(client, call, request)) ?? outcome;
  }
  return SLOT_TAKEN;
}

async function bookOffer(client: EpicClient, call: Call, request: BookRequest, bookToken: string): Promise<Outcome> {
  const slot = { ...request.slot, details: { ...request.slot.details, bookToken } };
  const body = call.map('book-request', { ...request, slot, transactionId: call.transactionId });
  try {
    const reply = await client.fhir(call, { version: 'STU3', path: 'Appointment/$book', intent: 'book', body });
    return outcomeOf(client, call, reply);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** Status 200 proves nothing by itself: only a booked appointment in the answer does. */
function outcomeOf(client: EpicClient, call: Call, reply: unknown): Outcome {
  const appointments = isBundle(reply) ? appointmentsIn(call, reply) : [];
  const booked = appointments.find(({ status }) => status === 'booked');
  if (booked !== undefined) return evidenceOf(booked);
  const [other] = appointments;
  if (other !== undefined) return { class: 'uncategorised', reason: 'not-booked', vendorCode: other.status };
  const refusal = classify(ok(reply), 'book', client.profile(call));
  return refusal.vendorCode === 'http-200' ? { class: 'unknown', reason: 'no-appointment-in-reply' } : refusal;
}

/**
 * The slot may be gone because this very transaction has it: "taken" is final, so one more look before it is said.
 * Only the hub's own note is believed here.
 */
async function alreadyOurs(
  client: EpicClient,
  call: Call,
  { patient, slot }: BookRequest,
): Promise<Outcome | undefined> {
  const noted = foundByNote(call, await lookByService(client, call, patient, slot));
  return noted && { class: 'success', ...(await noted.resolve(client)) };
}

function isBundle(reply: unknown): boolean {
  return typeof reply === 'object' && reply !== null && 'resourceType' in reply && reply.resourceType === 'Bundle';
}
