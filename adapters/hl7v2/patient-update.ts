/** Bringing the HIS's record of a patient up to date: ADT^A08. Source: HL7 v2.5.1 chapter 3.3.8; deleted values: chapter 2.5.3. */
import { readAck, type Call, type MllpAnswer, type Outcome, type PatientAtHis } from '#adapter-kit';
import { classify } from './classify.ts';
import type { Line } from './line.ts';
import { patientUpdateMessage } from './messages.ts';
import type { Hl7Settings } from './settings.ts';

export async function updatePatient(
  settings: Hl7Settings,
  line: Line,
  call: Call,
  patient: PatientAtHis,
): Promise<Outcome> {
  return outcomeOf(await line.send(call, patientUpdateMessage(settings, call, patient), true), patient);
}

function outcomeOf({ application, accept }: MllpAnswer, { externalId }: PatientAtHis): Outcome {
  const message = application ?? accept;
  const ack = message && readAck(message);
  if (ack === undefined) return { class: 'unknown', reason: 'no-acknowledgement' };
  if (ack.code === 'AA' && ack.errors.some(({ severity }) => severity === 'E' || severity === 'F')) {
    return { class: 'unknown', reason: 'error-in-accepted-reply', vendorCode: `AA-${ack.errors[0]?.code ?? ''}` };
  }
  // CA: the receiver has stored it, and sees to it from here on (chapter 2.9.3); nothing that anybody waits for depends on it.
  if (ack.code === 'AA' || ack.code === 'CA') return { class: 'success', externalId };
  const refusal = classify(ack, 'cancel');
  // The only key in the message is the patient's.
  return refusal.class === 'not-found' ? { ...refusal, reason: 'patient-unknown' } : refusal;
}
