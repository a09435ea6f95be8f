/** One call of an adapter: recorded, under a deadline that really aborts, its exceptions turned into outcomes. */
import { AdapterError, HisRecorder, mllpUrl, type Call, type Exchange, type Outcome } from '../adapter-kit/index.ts';
import type { Log } from '../domain/index.ts';
import type { Connection } from './connection.ts';

/** A connector that ignores its abort signal is left behind after this long. */
const ABORT_GRACE_MS = 250;
const RESPONSE_BYTES_MAX = 5_000_000;

export interface CallResult<T> {
  readonly value: T;
  readonly exchanges: readonly Exchange[];
  readonly durationMs: number;
}

export interface CallContext {
  readonly connection: Connection;
  readonly transactionId: string;
  readonly attempt: number;
  readonly deadlineMs: number;
  readonly log: Log;
}

/** Runs `work`; what it throws becomes `recover(refusal)`. */
export async function makeCall<T>(
  context: CallContext,
  work: (call: Call) => Promise<T>,
  recover: (refusal: Exclude<Outcome, { class: 'success' }>) => T,
): Promise<CallResult<T>> {
  const { connection, transactionId, attempt } = context;
  const startedAt = performance.now();
  const deadline = AbortSignal.timeout(context.deadlineMs);
  const recorder = new HisRecorder({
    origins: originsOf(connection.row.config),
    responseBytesMax: RESPONSE_BYTES_MAX,
    signal: deadline,
  });
  const call: Call = {
    signal: deadline,
    transactionId,
    attempt,
    fetch: recorder.fetch,
    begin: recorder.begin,
    map(name, input) {
      if (!connection.mappings)
        throw new AdapterError('misconfigured', 'no-mappings', `mappings/${connection.row.adapter} does not exist`);
      return connection.mappings.apply(name, input);
    },
    now: () => Date.now(),
    log: (message, fields) => context.log.info({ ...fields, connectionId: connection.row.id, transactionId }, message),
    ...(connection.hubBook ? { hubBook: connection.hubBook } : {}),
    ...(connection.feed ? { feed: connection.feed } : {}),
  };
  // The hub's own book writes without fetch; whatever fails there may have been written.
  const mayHaveWritten = (): boolean => recorder.writeSent || connection.hubBook !== undefined;
  let value: T;
  try {
    value = await Promise.race([work(call), overdue(deadline)]);
  } catch (error) {
    context.log.warn({ err: error, connectionId: connection.row.id, transactionId }, 'the call to the HIS failed');
    value = recover(refusalOf(error, mayHaveWritten()));
  }
  return { value, exchanges: recorder.exchanges, durationMs: performance.now() - startedAt };
}

/** What an exception means: the bytes of a write that have left make the difference. */
export function refusalOf(error: unknown, writeSent: boolean): Exclude<Outcome, { class: 'success' }> {
  if (!(error instanceof AdapterError)) {
    return { class: writeSent ? 'unknown' : 'uncategorised', reason: 'adapter-fault' };
  }
  const { reason } = error;
  if (writeSent && error.kind !== 'unauthorised') return { class: 'unknown', reason };
  if (error.kind === 'unavailable') return { class: 'transient', reason };
  if (error.kind === 'unauthorised') return { class: 'auth', reason };
  if (error.kind === 'misconfigured' || reason === 'mapping') return { class: 'invalid', reason };
  return { class: 'transient', reason };
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
  return [...origins].filter((origin) => /^(?:https?|mllp):/.test(origin));
}

function overdue(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(new AdapterError('protocol', 'deadline', 'the deadline passed')), ABORT_GRACE_MS).unref();
    });
  });
}
