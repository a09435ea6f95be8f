/** Cancelling. "Unknown" is how many a HIS says "already cancelled", and how it says "called otherwise": the patient's visits tell. */
import type { Call, CancelRequest, Outcome } from '#adapter-kit';
import type { XmlClient } from './client.ts';
import { isAt, lookAt, stands } from './visits.ts';

export async function cancel(client: XmlClient, call: Call, request: CancelRequest): Promise<Outcome> {
  const { externalId, identifiers, patient, slot } = request;
  const operation = client.operation('cancel');
  const done: Outcome = { class: 'success', externalId, identifiers };
  const input = { ...request, timeZone: slot.timeZone };
  const answer = await client.ask(call, operation, input);
  if (answer.kind === 'done') return done;
  const { refusal } = answer;
  if (refusal.class !== 'not-found') return refusal;

  const look = await lookAt(client, call, patient, slot);
  // Whether it is gone is not known: to be looked up, not to be taken for done.
  if (look.kind === 'failed') return { ...refusal, class: 'unknown', reason: 'cancellation-unclear' };
  if (look.kind === 'refused') return refusal;
  const cancelled = look.visits.some((visit) => visit.externalId === externalId && !stands(visit));
  const standing = look.visits.find((visit) => stands(visit) && (visit.externalId === externalId || isAt(visit, slot)));
  if (standing === undefined) return cancelled ? done : refusal;
  // It stands under the key that was refused: whatever the code means, the appointment is not gone.
  if (standing.externalId === externalId)
    return {
      class: 'invalid',
      reason: 'still-booked',
      ...(refusal.vendorCode === undefined ? {} : { vendorCode: refusal.vendorCode }),
    };
  const again = await client.ask(call, operation, { ...input, externalId: standing.externalId });
  return again.kind === 'done' ? done : again.refusal;
}
