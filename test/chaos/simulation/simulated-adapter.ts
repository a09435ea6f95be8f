/** The adapter of a simulated HIS: the same contract as every adapter, over the simulated network. */
import {
  CONTRACT_VERSION,
  type Adapter,
  type Call,
  type Connector,
  type Evidence,
  type Finding,
  type LookupRequest,
  type Outcome,
  type Person,
} from '../../../src/adapter-kit/index.ts';
import type { Answer } from './hospital.ts';
import { ask, carry, type Line, type Reply } from './network.ts';

/** What planted defects change of it. */
export interface AdapterFlaws {
  /** A lost answer is taken for a request that was never executed. */
  readonly retriesLostAnswers: boolean;
  /** A taken slot is taken for a success. */
  readonly ignoresConflicts: boolean;
}

/** Whom the HIS knows a person as: in the simulation a person's family name is its hub id. */
const keyOf = (person: Person): string => person.name.family;

export function simulatedAdapter(id: string, line: Line, flaws: AdapterFlaws): Adapter {
  const { profile } = line.hospital;
  const connector: Connector = {
    book: (call, { slot, patient }) =>
      write(line, call, flaws, { kind: 'book', slot: slot.externalId, patient: patient.externalId }),
    cancel: (call, { externalId }) => write(line, call, flaws, { kind: 'cancel', id: externalId }),
    lookup: (call, request) => ask(line, call, () => find(line, call, request)),
    close: () => Promise.resolve(),
    async *check(call) {
      yield { step: 'read', ok: await ask(line, call, () => true).catch(() => false), detail: 'asked' };
    },
    ...(profile.movesInPlace && {
      reschedule: (call, { externalId, to }) =>
        write(line, call, flaws, { kind: 'move', id: externalId, to: to.externalId }),
    }),
    ...(profile.hasPatientRegister && {
      matchPatient: (call, person) =>
        ask(line, call, () => {
          const [first, second] = line.hospital.match(keyOf(person));
          if (first === undefined) return { kind: 'none' };
          return second === undefined ? { kind: 'one', evidence: evidence(first) } : { kind: 'many' };
        }),
      createPatient: (call, person) => write(line, call, flaws, { kind: 'create-patient', person: keyOf(person) }),
    }),
  };
  return {
    manifest: {
      id,
      title: id,
      contractVersion: CONTRACT_VERSION,
      managedBy: 'his',
      capabilities: [
        'ChecksItself',
        ...(profile.movesInPlace ? (['Reschedules'] as const) : []),
        ...(profile.hasPatientRegister ? (['MatchesPatients', 'CreatesPatients'] as const) : []),
      ],
      lookup: {
        key: 'by-client-reference',
        reference: 'by-client-reference',
        patient: 'by-slot-and-patient',
        nothing: 'none',
      }[profile.lookup] as Adapter['manifest']['lookup'],
      configSchema: {},
      secrets: [],
    },
    connect: () => connector,
  };
}

const evidence = (externalId: string): Evidence => ({ class: 'success', externalId });

async function write(line: Line, call: Call, flaws: AdapterFlaws, what: Parameters<typeof carry>[2]): Promise<Outcome> {
  try {
    return classify(line, flaws, await carry(line, call, what));
  } catch (error) {
    if (flaws.retriesLostAnswers) return { class: 'transient', reason: 'connection-lost' };
    throw error;
  }
}

function classify(line: Line, flaws: AdapterFlaws, reply: Reply): Outcome {
  if (reply.kind === 'malformed') return { class: 'unknown', reason: 'unreadable-reply' };
  if (reply.kind === 'answer') return classifyAnswer(flaws, reply.answer);
  const { is503Unprocessed } = line.hospital.profile;
  switch (reply.status) {
    case 429:
      return {
        class: 'throttled',
        reason: 'throttled',
        ...(reply.retryAfterMs && { retryAfterMs: reply.retryAfterMs }),
      };
    case 500:
      return { class: 'uncategorised', reason: 'http-500' };
    case 502:
      return flaws.retriesLostAnswers
        ? { class: 'transient', reason: 'http-502' }
        : { class: 'unknown', reason: 'http-502' };
    case 503:
      return { class: is503Unprocessed ? 'transient' : 'unknown', reason: 'http-503' };
    default:
      return reply.status satisfies never;
  }
}

function classifyAnswer(flaws: AdapterFlaws, answer: Answer): Outcome {
  if (answer.kind === 'done') return evidence(answer.id);
  if (answer.kind === 'conflict' && flaws.ignoresConflicts) return evidence(`ignored-${String(Math.random())}`);
  return { class: answer.kind, reason: answer.reason };
}

function find({ hospital }: Line, call: Call, request: LookupRequest): Finding {
  if (request.kind === 'book') return findBooking(hospital, call, request);
  const appointment = hospital.appointments.get(request.externalId);
  const version = appointment && hospital.shown(appointment);
  if (!version) return { kind: 'inconclusive', reason: 'appointment-not-shown' };
  const isDone = request.kind === 'cancel' ? version.status === 'cancelled' : version.slot === request.to.externalId;
  if (isDone) return { kind: 'found', externalId: request.externalId };
  if (request.kind === 'reschedule' && hospital.isShownTaken(request.to.externalId)) return { kind: 'taken' };
  return { kind: 'absent' };
}

function findBooking(
  hospital: Line['hospital'],
  call: Call,
  request: Extract<LookupRequest, { kind: 'book' }>,
): Finding {
  const slot = request.slot.externalId;
  const mine = [...hospital.appointments.values()].find((each) => {
    const version = hospital.shown(each);
    if (version?.status !== 'booked' || version.slot !== slot) return false;
    if (hospital.profile.lookup !== 'patient') return each.madeBy === call.transactionId;
    return each.patient === request.patient.externalId && !request.knownExternalIds.includes(each.id);
  });
  if (mine) return { kind: 'found', externalId: mine.id };
  // Where two may be in one slot, somebody in it says nothing about us.
  return hospital.profile.refusesTaken && hospital.isShownTaken(slot) ? { kind: 'taken' } : { kind: 'absent' };
}
