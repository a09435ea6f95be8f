/**
 * Was this write executed? HL7 v2 has no question for that which every HIS answers. In order of strength: what the HIS has told
 * by itself with our key in it; its answer to SQM^S25, where it gives one; what it has told about the patient at that time.
 * A feed proves presence, never absence.
 */
import {
  AdapterError,
  readAck,
  type Call,
  type Finding,
  type HeardOf,
  type Hl7Message,
  type LookupRequest,
} from '#adapter-kit';
import { classify } from './classify.ts';
import { controlIdOf } from './control-id.ts';
import { appointmentsIn, type Shown } from './heard.ts';
import type { Line } from './line.ts';
import { PLACER_SYSTEM, placerIdIn, queryMessage } from './messages.ts';
import type { Hl7Settings } from './settings.ts';

type BookLookup = Extract<LookupRequest, { kind: 'book' }>;

export async function lookUp(settings: Hl7Settings, line: Line, call: Call, request: LookupRequest): Promise<Finding> {
  const told = await toldByItself(call, request);
  if (told !== undefined) return told;
  if (settings.query) {
    const asked = await ask(settings, line, call, request);
    if (asked.kind !== 'inconclusive') return asked;
    return (await toldOfPatient(call, request)) ?? asked;
  }
  const weak = await toldOfPatient(call, request);
  if (weak !== undefined) return weak;
  if (!settings.feed) return { kind: 'inconclusive', reason: 'nothing-is-told', never: true };
  return { kind: 'inconclusive', reason: 'not-told-yet' };
}

/** Undefined: the HIS has told nothing that decides it. */
async function toldByItself(call: Call, request: LookupRequest): Promise<Finding | undefined> {
  const { feed, transactionId } = call;
  if (feed === undefined) return undefined;
  if (request.kind === 'book') {
    const heard = await feed.aboutTransaction(transactionId);
    if (heard?.event === 'cancelled') return { kind: 'inconclusive', reason: 'cancelled-since', never: true };
    if (heard !== undefined) return found(heard.externalId, transactionId);
    return lateRefusal(call);
  }
  const heard = await feed.aboutAppointment(request.externalId);
  return heard !== undefined && isDone(request, heard)
    ? found(request.externalId, placerIdIn(request.identifiers))
    : lateRefusal(call);
}

/** The application's answer may come by itself, after CA: then it is a refusal that a person or another slot settles. */
async function lateRefusal(call: Call): Promise<Finding | undefined> {
  const refusal = await call.feed?.answerTo(controlIdOf(call.transactionId));
  if (refusal === undefined) return undefined;
  if (refusal.class === 'conflict' && refusal.reason === 'slot-taken') return { kind: 'taken' };
  return { kind: 'inconclusive', reason: refusal.reason, never: true };
}

type Standing = Pick<HeardOf, 'event' | 'start' | 'providerExternalId'>;

/** A move may be to another provider at the same time: where the HIS names the provider, it must be the wanted one. */
function isDone(request: Exclude<LookupRequest, BookLookup>, heard: Standing): boolean {
  if (request.kind === 'cancel') return heard.event === 'cancelled';
  const { event, start, providerExternalId = request.to.providerExternalId } = heard;
  return (
    event !== 'cancelled' &&
    start !== undefined &&
    isSameTime(start, request.to.start) &&
    providerExternalId === request.to.providerExternalId
  );
}

/** For a HIS that repeats no key of ours: the patient's only appointment at that time that is nobody else's. */
async function toldOfPatient(call: Call, request: LookupRequest): Promise<Finding | undefined> {
  if (request.kind !== 'book') return undefined;
  const heard = (await call.feed?.aboutPatient(request.patient.externalId, request.slot.start)) ?? [];
  const [only, ...others] = heard.filter(
    ({ event, externalId, providerExternalId }) =>
      event !== 'cancelled' &&
      !request.knownExternalIds.includes(externalId) &&
      (providerExternalId ?? request.slot.providerExternalId) === request.slot.providerExternalId,
  );
  if (only === undefined) return undefined;
  if (others.length > 0) return { kind: 'inconclusive', reason: 'several-appointments' };
  return found(only.externalId, call.transactionId);
}

async function ask(settings: Hl7Settings, line: Line, call: Call, request: LookupRequest): Promise<Finding> {
  const { application } = await line.send(call, queryMessage(settings, call, request), false);
  const ack = application && readAck(application);
  if (application === undefined || ack === undefined) return { kind: 'inconclusive', reason: 'query-not-answered' };
  if (ack.code !== 'AA') {
    const refusal = classify(ack, 'query');
    if (refusal.class === 'auth') throw new AdapterError('unauthorised', refusal.reason, 'the HIS refused the query');
    return { kind: 'inconclusive', reason: `query-${refusal.reason}` };
  }
  // OK: data follow. NF: no data found. AE and AR: an error after all (table 0208).
  const status = application.get('QAK-2') ?? 'OK';
  if (status !== 'OK' && status !== 'NF') return { kind: 'inconclusive', reason: 'query-failed' };
  return answerOf(settings, call, request, application);
}

function answerOf(settings: Hl7Settings, call: Call, request: LookupRequest, message: Hl7Message): Finding {
  const shown = appointmentsIn(settings, call, message, request.slot.timeZone);
  if (request.kind === 'book') return bookedAmong(shown, call, request);
  const ours = shown.find(({ externalId }) => externalId === request.externalId);
  // A key that the HIS gave and no longer knows: what became of it, it does not say.
  if (ours === undefined) return { kind: 'inconclusive', reason: 'appointment-not-shown' };
  const done = isDone(request, {
    event: isOver(ours) ? 'cancelled' : 'booked',
    ...(ours.start !== undefined && { start: ours.start }),
    ...(ours.providerExternalId !== undefined && { providerExternalId: ours.providerExternalId }),
  });
  return done ? found(request.externalId, placerIdIn(request.identifiers)) : { kind: 'absent' };
}

function bookedAmong(shown: readonly Shown[], call: Call, request: BookLookup): Finding {
  const live = shown.filter((each) => !isOver(each));
  const ours = live.find(({ placerId }) => placerId === call.transactionId);
  if (ours?.externalId !== undefined) return found(ours.externalId, call.transactionId);
  const candidates = live.filter(
    ({ externalId, placerId, start, providerExternalId = request.slot.providerExternalId }) =>
      externalId !== undefined &&
      !isAnothers(placerId, call) &&
      !request.knownExternalIds.includes(externalId) &&
      start !== undefined &&
      isSameTime(start, request.slot.start) &&
      providerExternalId === request.slot.providerExternalId,
  );
  if (candidates.length > 1) return { kind: 'inconclusive', reason: 'several-appointments' };
  const [only] = candidates;
  return only?.externalId === undefined ? { kind: 'absent' } : found(only.externalId, call.transactionId);
}

/** The key of another transaction of a hub. A text of another shape (a constant, or the HIS's own key) says nothing. */
const isAnothers = (placerId: string | undefined, call: Call): boolean =>
  placerId !== undefined &&
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(placerId) &&
  placerId !== call.transactionId;

const isOver = ({ status }: Shown): boolean => status === 'cancelled' || status === 'entered-in-error';

const isSameTime = (one: string, other: string): boolean => Date.parse(one) === Date.parse(other);

const found = (externalId: string, placerId: string | undefined): Finding => ({
  kind: 'found',
  externalId,
  identifiers: placerId === undefined ? [] : [{ system: PLACER_SYSTEM, value: placerId }],
});
