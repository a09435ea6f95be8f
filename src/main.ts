/**
 * The composition root: everything is made here, and handed to whoever needs it. What others stand on is made first: store, hospitals,
 * workers, followers, and the API last. Imported by programs only: the command line's, and tests.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningSimulator, SimulatorOptions } from './adapter-kit/simulator/index.ts';
import { createApi } from './api/server.ts';
import { shedLoad } from './api/shed-load.ts';
import { openWebApp } from './api/web-app.ts';
import { healthRoutes } from './api/routes/health.ts';
import { metricsRoutes } from './api/routes/metrics.ts';
import { redactedConfig, type Config } from './config.ts';
import { listAdapters } from './connections/load-adapters.ts';
import { loadContracts } from './contracts.ts';
import { lockDataDirectory } from './db/data-directory.ts';
import { DatabaseAway, type Database } from './db/database.ts';
import { createAuthenticator, createSignIn, isAtLocations, makeFirstAdmin, type FirstAdmin } from './identity/index.ts';
import type { checkAdapters as CheckAdapters } from './sandbox/check-adapter.ts';
import { findSimulator } from './sandbox/find-simulators.ts';
import { createLog } from './telemetry/log.ts';
import { createRequestRecorder } from './telemetry/request-record.ts';
import { addressOf, keepAudit, sealAudit, signInRecorder } from './composition/audit.ts';
import { ADAPTERS, ROOT, WEB, type Base } from './composition/base.ts';
import { openRequestCount } from './composition/rate-limits.ts';
import { openStore } from './composition/store.ts';
import { openHospitals } from './composition/hospitals.ts';
import { startWork } from './composition/work.ts';
import { startFollowers, startLiveEvents } from './composition/events.ts';
import { handlersOf } from './composition/handlers.ts';
import { listen } from './composition/listen.ts';
import { Waits } from './composition/waits.ts';

export interface RunningHub {
  /** Of its API; of its health and metrics when it serves none. */
  readonly url: string;
  readonly servesApi: boolean;
  readonly sandboxFile: string | undefined;
  /** Opens the console; in the sandbox it signs in, once: in its fragment, which no server and no log ever sees. */
  readonly consoleLink: string | undefined;
  /** Made at this start, because nobody could sign in: to be shown once. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Resolves when it cannot go on: what it needs is lost. It is still to be stopped. */
  readonly failed: Promise<void>;
  /** Lets what is at work end, then closes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export { verifyAuditOf } from './composition/audit.ts';
export { retentionOf } from './composition/retention.ts';

/** Holds adapters to the contract. Loaded when asked for: a hub at work needs none of it. */
export const checkAdapters: typeof CheckAdapters = async (...given) =>
  (await import('./sandbox/check-adapter.ts')).checkAdapters(...given);

/** Every adapter of this installation, and the template. */
export const adapterDirectories = (): readonly string[] =>
  [...listAdapters(ADAPTERS), '_template'].map((name) => join(ADAPTERS, name));

/** One simulated hospital by itself. Throws when the adapter has none. */
export async function startSimulator(adapter: string, options: SimulatorOptions): Promise<RunningSimulator> {
  const start = listAdapters(ADAPTERS).includes(adapter) ? await findSimulator(ADAPTERS, adapter) : undefined;
  if (!start) throw new Error(`adapter "${adapter}" has no simulator; adapters: ${listAdapters(ADAPTERS).join(', ')}`);
  return start(options);
}

/** Throws the reason of `asked` when that is aborted before the hub is ready; nothing is left running then. */
export async function startHub(config: Config, asked: AbortSignal): Promise<RunningHub> {
  const cleanUps: (() => Promise<unknown> | void)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= undo(cleanUps));
  try {
    const contracts = loadContracts(join(ROOT, 'contracts'));
    const log = createLog({ level: config.logLevel, phiKeys: contracts.phiKeys });
    cleanUps.push(() => log.flush());
    const failed = Promise.withResolvers<void>();
    // After each part of it a start can be given up: what is open by then is known here.
    const onStop: Base['onStop'] = (cleanUp) => {
      cleanUps.push(cleanUp);
      asked.throwIfAborted();
    };
    const hub = await compose({ config, contracts, log, onStop, fail: failed.resolve });
    asked.throwIfAborted();
    return { ...hub, failed: failed.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(base: Base): Promise<Omit<RunningHub, 'failed' | 'stop'>> {
  const { config, contracts, log } = base;
  log.info({ config: redactedConfig(config) }, 'the hub starts');
  for (const warning of config.warnings) log.warn({}, warning);
  await mkdir(config.dataDir, { recursive: true });
  // Before anything is opened: a second hub would move the sandbox's hospitals and secrets away from the first.
  if (config.sandbox || config.databaseUrl === undefined) base.onStop(lockDataDirectory(config.dataDir));

  const store = await openStore(base);
  const hospitals = await openHospitals(base, store);
  if (config.roles.has('worker')) {
    startWork(base, store, hospitals);
    await sealAudit(base, store);
  }
  if (config.roles.has('followers')) await startFollowers(base, store, hospitals);
  const live = await startLiveEvents(base, store);

  let ready = false;
  const requests = createRequestRecorder(store.db, log);
  base.onStop(() => requests.close());
  const authenticate = createAuthenticator({ builtIn: store.issuer, ...(config.oidc && { outside: config.oidc }) });
  const from = addressOf(base);
  const keep = keepAudit(store);
  const waits = new Waits(store.settlements);
  const { metrics } = hospitals;
  const web = openWebApp(WEB);
  if (!web && config.roles.has('api')) log.warn({}, 'the console is not built, and not served: npm run build:web');
  const app = createApi({
    contracts,
    handlers: {
      ...handlersOf(base, store, hospitals, waits, live),
      ...metricsRoutes({ authenticate, contentType: metrics.contentType, expose: () => metrics.expose() }),
      ...healthRoutes(async () => ready && (await isAlive(store.db))),
    },
    authenticate,
    requestCount: await openRequestCount(base),
    addressOf: from,
    keepAudit: keep,
    signIn: createSignIn(
      { sql: store.db, seal: store.seal, issuer: store.issuer, record: signInRecorder(keep, from) },
      () => store.address.url,
    ),
    isAtLocations: (caller, kind, id) => isAtLocations(store.organizations.of(caller.organizationId), caller, kind, id),
    recordRequest: (request) => {
      metrics.requested(request);
      requests.record(request);
    },
    isUnavailable: (error) => error instanceof DatabaseAway,
    log,
    now: () => new Date(),
    ...(web && { web }),
  });
  const url = await listen(
    base,
    shedLoad(app, {
      errors: contracts.errors,
      onRefused: () => metrics.overloaded(),
      onBegin: () => log.warn({}, 'there is more to do than can be done: some reads are refused with 503'),
    }),
  );
  store.address.url = config.publicUrl ?? url;
  base.onStop(() => waits.end());
  // Who listens is let go before the server waits for its last answers.
  base.onStop(() => live.stop());

  const { sandbox, mllp } = hospitals;
  await Promise.all((sandbox?.connectionIds ?? []).map(hospitals.synchronise));
  await sandbox?.told();
  await sandbox?.announce({ api: url, mllp: mllp ?? { host: config.mllpHost, port: config.mllpPort } });
  const firstAdmin = config.roles.has('api') && !sandbox ? await makeFirstAdmin(store.db) : undefined;
  ready = true;
  log.info({ url }, 'the hub is ready');
  return {
    url,
    servesApi: config.roles.has('api'),
    sandboxFile: sandbox?.file,
    consoleLink: web && (sandbox ? `${url}/#enter=${sandbox.code}` : `${store.address.url}/`),
    firstAdmin,
  };
}

const isAlive = async (db: Database): Promise<boolean> => (await db.query('select 1')).rowCount === 1;

async function undo(cleanUps: (() => Promise<unknown> | void)[]): Promise<void> {
  for (const cleanUp of cleanUps.toReversed()) {
    try {
      await cleanUp();
    } catch (error) {
      process.stderr.write(`while stopping: ${(error as Error).message}\n`);
    }
  }
}
