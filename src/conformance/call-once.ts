/** One call of an adapter, made and judged by the code that the dispatcher uses: the suite sees what the hub would see. */
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Call, Connector, Exchange, Refusal } from '../adapter-kit/index.ts';
import { Connection } from '../connections/connection.ts';
import { makeCall } from '../connections/make-call.ts';
import { SANDBOX_POLICY, type Log } from '../domain/index.ts';
import type { Subject } from './subject.ts';

const DEADLINE_MS = 10_000;
/** A connector that has not ended by then does not end. */
const PATIENCE_MS = 1_500;

export interface Connected {
  readonly connector: Connector;
  readonly connection: Connection;
  readonly marking: (call: Call) => Call;
}

export interface CallOptions {
  /** Default: a new one. */
  readonly transactionId?: string;
  readonly attempt?: number;
  readonly deadlineMs?: number;
  /** Default: the bench's own connection. */
  readonly at?: Connected;
}

export interface Called<T> {
  /** `refusal`: what an exception came to. */
  readonly came: { readonly value: T } | { readonly refusal: Refusal };
  readonly transactionId: string;
  readonly exchanges: readonly Exchange[];
  /** How long after its deadline the connector itself ended; undefined: it ended before, Infinity: it did not end. */
  readonly lateMs: number | undefined;
}

type Settings = {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
};
type Ports = ConstructorParameters<typeof Connection>[4];

export function connected(
  { id, adapter, mappings }: Subject,
  { config, secrets }: Settings,
  ports: Ports,
  marking: (call: Call) => Call = (call) => call,
): Connected {
  const connector = adapter.connect({ config, secrets });
  const row = {
    id: uuidv7(),
    organization_id: uuidv7(),
    key: id,
    adapter: id,
    managed_by: adapter.manifest.managedBy,
    config,
    policy: SANDBOX_POLICY,
    state: 'active',
    state_reason: null,
    probe_at: null,
  } as const;
  return { connector, connection: new Connection(row, adapter, connector, mappings, ports), marking };
}

export async function callOnce<T>(
  { connection, marking }: Connected,
  log: Log,
  { transactionId = uuidv7(), attempt = 1, deadlineMs = DEADLINE_MS }: CallOptions,
  work: (call: Call) => Promise<T>,
): Promise<Called<T>> {
  const ended = Promise.withResolvers<number>();
  let abortedAtMs: number | undefined;
  const made = await makeCall<Called<T>['came']>(
    { connection, transactionId, attempt, deadlineMs, log },
    async (call) => {
      call.signal.addEventListener('abort', () => (abortedAtMs = performance.now()));
      try {
        return { value: await work(marking(call)) };
      } finally {
        ended.resolve(performance.now());
      }
    },
    (refusal) => ({ refusal }),
  );
  const endedAtMs = await Promise.race([ended.promise, delay(PATIENCE_MS, Infinity, { ref: false })]);
  const lateMs = abortedAtMs === undefined || endedAtMs < abortedAtMs ? undefined : endedAtMs - abortedAtMs;
  return { came: made.value, transactionId, exchanges: made.exchanges, lateMs };
}
