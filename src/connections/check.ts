/**
 * Tries a connection step by step, without changing anything at the HIS, whatever its state: dns, tcp and tls by the hub itself,
 * auth, read, map and write by the adapter. After the first step that fails the rest is not tried.
 */
import { newId } from '../db/new-id.ts';
import { AdapterError, type Adapter } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import { keepExpiries } from '../ledger/connection-expiry.ts';
import type { Seal } from '../ledger/seal.ts';
import { ownCertificate, readNetworkSettings } from './certificates.ts';
import { CheckList, type CheckedStep } from './check-list.ts';
import { warnOfSilence, type CheckWarning } from './check-feed.ts';
import { endpointsOf } from './check-endpoints.ts';
import { encrypt, reach, resolve } from './check-network.ts';
import { makeCall } from './make-call.ts';
import type { Connection } from './connection.ts';
import { readOnly } from './read-only.ts';
import type { Connections } from './open-connections.ts';

/** The whole of it; a caller waits for it. */
const CHECK_MS = 20_000;

/** contracts/schemas/connection-check.schema.json */
export interface CheckReport {
  readonly connectionId: string;
  readonly checkedAt: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly durationMs: number;
  readonly steps: readonly CheckedStep[];
  /** What no step can try, and is wrong all the same. */
  readonly warnings: readonly CheckWarning[];
}

export interface CheckParts {
  readonly sql: Sql;
  readonly seal: Seal;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly connections: Connections;
  readonly log: Log;
  /** Milliseconds for all steps; 20,000 unless said. */
  readonly deadlineMs?: number;
}

/** Checks of one connection that are asked for at once are one check: a HIS is not to be hammered by an impatient button. */
export function connectionChecks(parts: CheckParts): (connectionId: string) => Promise<CheckReport> {
  const running = new Map<string, Promise<CheckReport>>();
  return (connectionId) => {
    const present = running.get(connectionId);
    if (present) return present;
    const check = checkConnection(parts, connectionId).finally(() => running.delete(connectionId));
    running.set(connectionId, check);
    return check;
  };
}

/** Errors: not-found. */
async function checkConnection(parts: CheckParts, connectionId: string): Promise<CheckReport> {
  const { adapter, key, config, tlsSecrets } = await readNetworkSettings(parts, connectionId);
  const checkedAt = new Date();
  const startedAt = performance.now();
  const { deadlineMs = CHECK_MS } = parts;
  const deadline = AbortSignal.timeout(deadlineMs);
  const list = new CheckList();
  if (adapter?.manifest.managedBy === 'hub') {
    for (const step of ['dns', 'tcp', 'tls'] as const)
      list.needless(step, 'the hub keeps this book itself: there is nothing to reach');
  } else {
    const endpoints = endpointsOf(config, adapter?.manifest.configSchema ?? {});
    const { resolved = [] } = (await list.take('dns', () => resolve(endpoints, deadline))) ?? {};
    await list.take('tcp', () => reach(resolved, deadline));
    const { certificates = [] } = (await list.take('tls', () => encrypt(resolved, deadline, tlsSecrets))) ?? {};
    await keepExpiries(parts.sql, connectionId, [...certificates, ...ownCertificate(tlsSecrets)]);
  }
  const connection = list.failed ? undefined : await open(parts, connectionId, list);
  if (connection) await askAdapter(parts, connection, list, deadlineMs - (performance.now() - startedAt));
  const { ok, summary, steps } = list.finish();
  const warnings = adapter?.manifest.capabilities.includes('ReceivesNotices')
    ? await warnOfSilence(parts.sql, connectionId)
    : [];
  const report = {
    connectionId,
    checkedAt: checkedAt.toISOString(),
    ok,
    summary: [summary, ...warnings.map(({ detail }) => `But ${detail}.`)].join(' '),
    durationMs: Math.round(performance.now() - startedAt),
    steps,
    warnings,
  };
  parts.log.info(
    { connectionId, ok, durationMs: report.durationMs, step: list.failed },
    `connection ${key} was checked`,
  );
  return report;
}

/** Undefined, and `auth` failed, when its settings cannot even be opened. */
async function open(parts: CheckParts, connectionId: string, list: CheckList): Promise<Connection | undefined> {
  try {
    return (await parts.connections.get(connectionId)).connection;
  } catch (error) {
    parts.log.warn({ connectionId, err: error }, 'a connection could not be opened');
    const detail =
      error instanceof AdapterError
        ? error.message
        : 'the connection cannot be opened: its adapter is not installed here, or its secrets were sealed with another root key';
    list.add('auth', { ok: false, skipped: false, detail }, 0);
    return undefined;
  }
}

async function askAdapter(
  parts: CheckParts,
  connection: Connection,
  list: CheckList,
  deadlineMs: number,
): Promise<void> {
  const { connector, adapter } = connection;
  if (adapter.manifest.managedBy === 'hub') {
    const book = connection.hubBook;
    list.needless('auth', 'the hub keeps this book itself: no credentials are needed');
    await list.take('read', async () => {
      await book?.findByTransaction(newId());
      return { ok: true, skipped: false, detail: 'the book was read' };
    });
    for (const step of ['map', 'write'] as const) list.needless(step, 'the hub writes to its own book: nothing to try');
    return;
  }
  if (!connector.check) return;
  let thrown: unknown;
  let since = performance.now();
  const made = await makeCall<string | undefined>(
    {
      connection,
      transactionId: newId(),
      attempt: 1,
      operation: 'check',
      deadlineMs: Math.max(1, Math.round(deadlineMs)),
      log: parts.log,
    },
    async (call) => {
      try {
        for await (const { step, ok, detail } of connector.check?.(readOnly(call, 'check')) ?? []) {
          list.add(step, { ok, skipped: false, detail }, performance.now() - since);
          since = performance.now();
        }
      } catch (error) {
        thrown = error;
        throw error;
      }
      return undefined;
    },
    (refusal) => refusal.reason,
  );
  if (made.value !== undefined) list.breakOff(causeOf(thrown, made.value), performance.now() - since);
}

/** What an adapter throws says itself what to do; what else is thrown may quote anything. */
function causeOf(thrown: unknown, reason: string): string {
  if (thrown instanceof AdapterError) return thrown.message;
  return reason === 'deadline' ? 'the HIS did not answer in time' : 'the adapter failed; the log of the hub says where';
}
