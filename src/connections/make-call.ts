/** One call of an adapter: recorded, under a deadline that really aborts, its exceptions turned into outcomes. */
import { AdapterError, HisRecorder, mllpUrl, type Call, type Exchange, type Outcome } from '../adapter-kit/index.ts';
import type { Log } from '../domain/index.ts';
import { UnmappedCodeError } from '../mapping/index.ts';
import type { Connection } from './connection.ts';
import { isForeign } from './foreign-address.ts';
import type { CallMappings } from './own-mappings.ts';
import { UNMAPPED, type UnmappedCode } from './unmapped.ts';

/** A connector that ignores its abort signal is left behind after this long. */
const ABORT_GRACE_MS = 250;
const RESPONSE_BYTES_MAX = 5_000_000;

export interface CallResult<T> {
  readonly value: T;
  readonly exchanges: readonly Exchange[];
  readonly durationMs: number;
  /** A code that no table lists has kept the call from its end: which, and the mapping that met it. */
  readonly unmapped?: UnmappedCode | undefined;
}

export interface CallContext {
  /** What it is for, out of a few words: they are a label of the metrics. */
  readonly operation?: string;
  readonly connection: Connection;
  readonly transactionId: string;
  readonly attempt: number;
  readonly deadlineMs: number;
  /** From when `deadlineMs` counts; from now on unless told. */
  readonly since?: Moment | undefined;
  /** Those that its transaction began with; unless given, the present ones. */
  readonly mappings?: CallMappings | undefined;
  /**
   * Items of lists with a code that no table lists are left out, and counted. Only where one that is left out does no harm:
   * a look-up would take it for absent.
   */
  readonly leavesOutUnmapped?: boolean;
  /** Told of each item that was. */
  readonly onLeftOut?: () => void;
  /** The caller sees to it that the code which stopped the call is asked for; unless it does, it is listed here. */
  readonly asksForCode?: boolean;
  readonly log: Log;
}

/**
 * By two clocks, because each has a way to stand still or to jump: the monotonic one while the machine sleeps, the other when
 * it is set.
 */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export const thisMoment = (): Moment => ({ wallMs: Date.now(), monotonicMs: performance.now() });

export const elapsedMs = ({ wallMs, monotonicMs }: Moment): number =>
  Math.max(Date.now() - wallMs, performance.now() - monotonicMs);

/** Runs `work`; what it throws becomes `recover(refusal)`. */
export async function makeCall<T>(
  context: CallContext,
  work: (call: Call) => Promise<T>,
  recover: (refusal: Exclude<Outcome, { class: 'success' }>) => T,
): Promise<CallResult<T>> {
  const { connection, transactionId, attempt } = context;
  const startedAt = performance.now();
  const since = context.since ?? thisMoment();
  const over = new AbortController();
  const deadline = over.signal;
  const timer = setTimeout(
    () => over.abort(new DOMException('the deadline passed', 'TimeoutError')),
    Math.max(0, Math.ceil(context.deadlineMs - elapsedMs(since))),
  );
  const isOver = (): boolean => elapsedMs(since) >= context.deadlineMs;
  const recorder = new HisRecorder({
    origins: knownOriginsOf(connection.row.config),
    responseBytesMax: RESPONSE_BYTES_MAX,
    signal: deadline,
    isOver,
  });
  let { mappings } = context;
  let unmapped: UnmappedCode | undefined;
  const call: Call = {
    signal: deadline,
    transactionId,
    attempt,
    fetch: recorder.fetch,
    begin: recorder.begin,
    map(name, input) {
      if (!mappings)
        throw new AdapterError('misconfigured', 'no-mappings', `mappings/${connection.row.adapter} does not exist`);
      const leaveOut = (error: UnmappedCodeError): void => {
        context.onLeftOut?.();
        connection.leftOut({ name, error });
      };
      try {
        return mappings.apply(name, input, context.leavesOutUnmapped ? leaveOut : undefined);
      } catch (error) {
        if (error instanceof UnmappedCodeError) unmapped = { name, error };
        throw error;
      }
    },
    now: () => Date.now(),
    tokenUntil: (endsAtMs) => connection.tokenUntil(endsAtMs),
    log: (message, fields) => context.log.info({ ...fields, connectionId: connection.row.id, transactionId }, message),
    ...(connection.hubBook ? { hubBook: connection.hubBook } : {}),
    ...(connection.feed ? { feed: connection.feed } : {}),
  };
  // The hub's own book writes without fetch; whatever fails there may have been written.
  const mayHaveWritten = (): boolean => recorder.writeSent || connection.hubBook !== undefined;
  let value: T;
  let ended: string;
  try {
    if (isOver()) throw new AdapterError('unavailable', 'deadline', 'the deadline passed before the call began');
    mappings ??= await connection.mappingsFor({ transactionId });
    value = await Promise.race([work(call), overdue(deadline)]);
    ended = classOf(value);
  } catch (error) {
    context.log.warn({ err: error, connectionId: connection.row.id, transactionId }, 'the call to the HIS failed');
    const refusal = refusalOf(error, mayHaveWritten());
    ended = refusal.class;
    value = recover(refusal);
  } finally {
    // What is still under way is to end, whoever waits for it; and where nothing is, nothing of the call is kept until then.
    if (!recorder.isUnderWay) clearTimeout(timer);
    else timer.unref();
  }
  const durationMs = performance.now() - startedAt;
  const { exchanges } = recorder;
  const { operation = 'other' } = context;
  connection.ended({ operation, class: ended, durationMs, exchanges: exchanges.length });
  // An adapter may have gone on without what it could not read.
  const isStopped = unmapped !== undefined && ended !== 'success';
  if (isStopped && unmapped && !context.asksForCode) connection.leftOut(unmapped);
  return { value, exchanges, durationMs, unmapped: isStopped ? unmapped : undefined };
}

/** Of an outcome its class, of a finding its kind; whatever else a call gives back, it came. */
function classOf(value: unknown): string {
  if (value !== null && typeof value === 'object') {
    if ('class' in value && typeof value.class === 'string') return value.class;
    if ('kind' in value && typeof value.kind === 'string') return value.kind;
  }
  return 'success';
}

/** What an exception means: the bytes of a write that have left make the difference. */
export function refusalOf(error: unknown, writeSent: boolean): Exclude<Outcome, { class: 'success' }> {
  if (!(error instanceof AdapterError)) {
    return { class: writeSent ? 'unknown' : 'uncategorised', reason: 'adapter-fault' };
  }
  const reason = error instanceof UnmappedCodeError ? UNMAPPED : error.reason;
  if (writeSent && error.kind !== 'unauthorised') return { class: 'unknown', reason };
  if (error.kind === 'unavailable') return { class: 'transient', reason };
  if (error.kind === 'unauthorised') return { class: 'auth', reason };
  if (error.kind === 'misconfigured' || error.reason === 'mapping') return { class: 'invalid', reason };
  return { class: 'transient', reason };
}

const knownOrigins = new WeakMap<Connection['row']['config'], readonly string[]>();

/** Of the settings of a connection, which are read once and never changed. */
function knownOriginsOf(config: Connection['row']['config']): readonly string[] {
  const origins = knownOrigins.get(config) ?? originsOf(config);
  knownOrigins.set(config, origins);
  return origins;
}

/** Every http(s) URL among the connection's settings names an origin that it may call, and so does every host with a port; no other. */
export function originsOf(config: Readonly<Record<string, unknown>>): string[] {
  const origins = new Set<string>();
  const { host, port } = config;
  if (typeof host === 'string' && typeof port === 'number') origins.add(mllpUrl({ host, port }));
  for (const value of Object.values(config)) {
    if (typeof value === 'string' && URL.canParse(value)) origins.add(new URL(value).origin);
    else if (value !== null && typeof value === 'object') {
      for (const origin of originsOf(value as Record<string, unknown>)) origins.add(origin);
    }
  }
  // A config that was made before such addresses were refused, or past the API.
  return [...origins].filter((origin) => /^(?:https?|mllp):/.test(origin) && !isForeign(hostOf(origin)));
}

const hostOf = (origin: string): string =>
  origin
    .replace(/^[a-z]+:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');

function overdue(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(new AdapterError('protocol', 'deadline', 'the deadline passed')), ABORT_GRACE_MS).unref();
    });
  });
}
