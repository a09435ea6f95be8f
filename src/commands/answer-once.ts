/** Does a change once for one Idempotency-Key, waits for the HIS as long as the caller wants, and keeps the answer for repeats. */
import { createHash } from 'node:crypto';
import { HubError, type Appointment, type Caller } from '../domain/index.ts';
import { Grouped, type Database, type Sql } from '../db/database.ts';
import {
  beginIdempotent,
  confirmAnswer,
  keepAnswer,
  keepAnswers,
  keepRefusals,
  linkIdempotent,
  replaceAnswer,
  type Answer,
  type IdempotencyKey,
  type KeptAnswer,
  type KeptRefusal,
  type ToldBooking,
} from '../ledger/idempotency.ts';
import type { Seal } from '../ledger/seal.ts';

export type { Answer } from '../ledger/idempotency.ts';

/** One request for a change. */
export interface ChangeRequest {
  readonly caller: Caller;
  readonly transactionId: string;
  /** Operation and the ids of its path: a key is good for one of them. */
  readonly route: string;
  readonly idempotencyKey: string;
  /** What must be the same in a repeat. */
  readonly payload: unknown;
  /** How long to wait for the HIS. */
  readonly waitMs: number;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A change that goes to a HIS, by the transaction that will carry it there. */
export interface Change {
  readonly appointmentId: string;
  readonly transactionId: string;
  /** What its caller is to be told, where nobody has to be waited for: the appointment as it is since. Its record says so. */
  readonly told?: () => Appointment;
}

export interface OnceParts {
  readonly db: Database;
  readonly seal: Seal;
  /** Waits for a transaction's end; true when it is settled. */
  readonly settled: (transactionId: string, timeoutMs: number, signal: AbortSignal) => Promise<boolean>;
  /** A refusal as the caller gets it. */
  readonly problem: (error: HubError, transactionId: string) => Answer;
}

/** The record of an Idempotency-Key, as it is to be. */
export interface NewRecord {
  readonly key: IdempotencyKey;
  readonly fingerprint: Buffer;
  readonly workingUntil: Date;
}

/** How much longer than the caller's wait a first request is believed to be alive. */
const ANSWER_GRACE_MS = 5_000;
/** Refusals that are answers: a repeat gets the same. Others (a wrong field, an old version) are mended and sent again. */
const KEPT_REFUSALS: ReadonlySet<string> = new Set([
  'slot-taken',
  'hold-expired',
  'hold-not-yours',
  'refused-by-his',
  'unsupported-by-his',
]);

/** How a change is made and answered. Either `atOnce`, when no HIS is needed, or by a transaction that a HIS settles. */
export interface Once {
  /**
   * Makes a change that is plain, and keeps the key's record with it, in as few statements as there can be. Or says that it cannot be
   * made, `refused`, unless it is the repeat of one that was. Undefined when it is not plain. Nothing was done then; `work` does
   * it, or says why not.
   */
  quick?(record: NewRecord, isAwaited: boolean): Promise<Change | { readonly refused: HubError } | undefined>;
  /** Makes the change, inside the database transaction that also keeps the key. */
  work(tx: Sql): Promise<{ readonly atOnce: Answer } | Change>;
  /**
   * Asks, once that is committed, those who may hear only of what is, about a change that was answered at once. May throw a HubError:
   * that is the answer then, for repeats too, which wait for it.
   */
  confirm?(): Promise<void>;
  /** The change that a repeat asks for once more, as it was told: where `quick` makes such changes. */
  repeated?(made: ToldBooking): Change;
  /** The answer to a change that went to a HIS, as things are now. May throw a HubError: that is kept as the answer too. */
  answer(change: Change): Promise<Answer>;
  /** Adds to a refusal what the caller needs to go on, e.g. other slots. */
  explain(refusal: HubError): Promise<HubError>;
}

interface Keeper {
  readonly answers: Grouped<KeptAnswer, Answer>;
  readonly refusals: Grouped<KeptRefusal, boolean>;
}

const keepers = new WeakMap<Database, Keeper>();

/** Answers that are ready together are kept by one statement. */
function keeperOf(db: Database, seal: Seal): Keeper {
  const known = keepers.get(db);
  if (known) return known;
  const keys = ({ id: { organizationId, clientId, route, key } }: KeptAnswer): string[] => [
    JSON.stringify([organizationId, clientId, route, key]),
  ];
  const keeper = {
    answers: new Grouped<KeptAnswer, Answer>((answers) => keepAnswers(db, seal, answers), { keys }),
    refusals: new Grouped<KeptRefusal, boolean>((refusals) => keepRefusals(db, seal, refusals), { keys }),
  };
  keepers.set(db, keeper);
  return keeper;
}

export async function answerOnce(parts: OnceParts, request: ChangeRequest, once: Once): Promise<Answer> {
  const { db, seal } = parts;
  const key: IdempotencyKey = {
    organizationId: request.caller.organizationId,
    clientId: request.caller.clientId,
    route: request.route,
    key: request.idempotencyKey,
  };
  const fingerprint = createHash('sha256').update(stableJson(request.payload)).digest();
  const refused = async (error: unknown): Promise<HubError> => {
    if (!(error instanceof HubError) || !KEPT_REFUSALS.has(error.code)) throw error;
    return once.explain(error);
  };
  /** The answer to work of which this request, or the one that it stands in for, owns the record. */
  const settled = async (change: Change): Promise<Answer> => {
    if (change.told) return once.answer(change);
    await parts.settled(change.transactionId, request.waitMs, request.signal);
    const answer = await once.answer(change).catch(async (error: unknown) => {
      const refusal = await refused(error);
      await keepAnswer(db, seal, key, parts.problem(refusal, request.transactionId));
      throw refusal;
    });
    // Nobody hears it: the repeat is to learn how things are then, not that they were pending now.
    return request.signal.aborted ? answer : keeperOf(db, seal).answers.ask({ id: key, answer });
  };

  const confirmed = async (confirm: () => Promise<void>): Promise<void> => {
    try {
      await confirm();
    } catch (error) {
      const refusal = await refused(error);
      await replaceAnswer(db, seal, { id: key, answer: parts.problem(refusal, request.transactionId) });
      throw refusal;
    }
    await confirmAnswer(db, key);
  };

  const workingUntil = new Date(Date.now() + request.waitMs + ANSWER_GRACE_MS);
  /** False when the record of the key is somebody else's. */
  const keepRefusal = (refusal: HubError): Promise<boolean> =>
    keeperOf(db, seal).refusals.ask({ id: key, fingerprint, answer: parts.problem(refusal, request.transactionId) });
  const quick = await once.quick?.({ key, fingerprint, workingUntil }, request.waitMs > 0);
  if (quick && 'refused' in quick) {
    const refusal = await refused(quick.refused);
    if (await keepRefusal(refusal)) throw refusal;
  } else if (quick) return settled(quick);
  const { begun, made } = await db
    .transaction(async (tx) => {
      const record = await beginIdempotent(tx, seal, key, {
        fingerprint,
        workingUntil,
        isToBeConfirmed: once.confirm !== undefined,
      });
      if (record.kind !== 'new') return { begun: record };
      const change = await once.work(tx);
      if ('atOnce' in change) await keepAnswer(tx, seal, key, change.atOnce);
      else await linkIdempotent(tx, key, change.appointmentId, change.transactionId);
      return { begun: record, made: change };
    })
    .catch(async (error: unknown) => {
      const refusal = await refused(error);
      // A repeat has begun the work anew meanwhile: its answer is the answer.
      throw (await keepRefusal(refusal)) ? refusal : inProgress();
    });
  if (made && 'atOnce' in made) {
    if (once.confirm) await confirmed(once.confirm);
    return made.atOnce;
  }
  if (made) return settled(made);
  switch (begun.kind) {
    case 'answered':
      return replayed(begun.answer);
    case 'told':
      return replayed(await once.answer(once.repeated?.(begun) ?? begun));
    case 'orphaned':
      return replayed(await settled(begun));
    case 'reused':
      throw reused();
    default:
      throw inProgress();
  }
}

const replayed = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'idempotent-replayed': 'true' },
});

const reused = (): HubError =>
  new HubError(
    'idempotency-key-reused',
    'This Idempotency-Key was used for another request on this route. Use a new key for a new change; repeat a change with its own key and its own body.',
  );

const inProgress = (): HubError =>
  new HubError(
    'idempotency-in-progress',
    'The first request with this Idempotency-Key is still at work. Send it again in a moment.',
    { retryAfterSeconds: 1 },
  );

/** JSON with the members of objects in the order of their names, so that the same content has the same text. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
