/** Booking and moving. */
import {
  AdapterError,
  type BookRequest,
  type Call,
  type Evidence,
  type Outcome,
  type PatientAtHis,
  type RescheduleRequest,
  type SlotAtHis,
} from '#adapter-kit';
import { mapped, type XmlClient } from './client.ts';
import type { Values } from './template.ts';
import { isAt, isMarked, lookAt, stands, type Visit } from './visits.ts';

export async function book(client: XmlClient, call: Call, request: BookRequest): Promise<Outcome> {
  const { patient, slot } = request;
  return change(client, call, {
    name: 'book',
    input: { ...request, timeZone: slot.timeZone },
    patient,
    slot,
    isOurs: (visit) => isMarked(call, visit),
  });
}

export async function reschedule(client: XmlClient, call: Call, request: RescheduleRequest): Promise<Outcome> {
  const { patient, to, externalId } = request;
  return change(client, call, {
    name: 'reschedule',
    input: { ...request, timeZone: to.timeZone },
    patient,
    slot: to,
    isOurs: (visit) => stands(visit) && isAt(visit, to) && visit.externalId === externalId,
  });
}

interface Change {
  readonly name: 'book' | 'reschedule';
  readonly input: Values;
  readonly patient: PatientAtHis;
  /** Where the appointment is to be. */
  readonly slot: SlotAtHis;
  /** A visit that this very transaction made. */
  readonly isOurs: (visit: Visit) => boolean;
}

async function change(client: XmlClient, call: Call, { name, input, patient, slot, isOurs }: Change): Promise<Outcome> {
  const operation = client.operation(name);
  const answer = await client.ask(call, operation, input);
  if (answer.kind === 'done') {
    const { externalId } = mapped(call, operation, { ...input, row: answer.result, site: client.settings.values });
    if (typeof externalId !== 'string' || externalId === '') {
      throw new AdapterError(
        'protocol',
        'no-key-in-reply',
        `${name}: expected the key of the appointment from the mapping ${operation.mapping ?? '(none)'}`,
      );
    }
    const evidence: Evidence = { class: 'success', externalId };
    if (operation.readBack !== true) return evidence;
    return (
      (await seen(client, call, patient, slot, (visit) => isOurs(visit) || (stands(visit) && isAt(visit, slot)))) ??
      evidence
    );
  }
  if (answer.refusal.class !== 'conflict') return answer.refusal;
  // It may be taken by this very transaction, whose first answer was lost: "taken" is final, so one more look before it is said.
  return (await seen(client, call, patient, slot, isOurs)) ?? answer.refusal;
}

/** What has happened has happened: a look that fails changes nothing about it. */
async function seen(
  client: XmlClient,
  call: Call,
  patient: PatientAtHis,
  slot: SlotAtHis,
  fits: (visit: Visit) => boolean,
): Promise<Evidence | undefined> {
  try {
    const look = await lookAt(client, call, patient, slot);
    const visit = look.kind === 'seen' ? look.visits.find(fits) : undefined;
    return visit && { class: 'success', externalId: visit.externalId, identifiers: visit.identifiers };
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}
