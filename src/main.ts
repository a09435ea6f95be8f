/**
 * The composition root, in the order of the route: API, commands and ledger, queue, dispatch, adapters, and back.
 * Everything is made here and handed to whoever needs it; nobody imports this file but the command line's start.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RunningSimulator, SimulatorOptions } from './adapter-kit/simulator/index.ts';
import { fieldErrors } from './api/field-errors.ts';
import { createApi } from './api/server.ts';
import { problemReply } from './api/problem.ts';
import { appointmentRoutes } from './api/routes/appointments.ts';
import { connectionRoutes } from './api/routes/connections.ts';
import { healthRoutes } from './api/routes/health.ts';
import { holdRoutes } from './api/routes/holds.ts';
import { identityRoutes } from './api/routes/identity.ts';
import { locationRoutes } from './api/routes/locations.ts';
import { patientRoutes } from './api/routes/patients.ts';
import { providerRoutes } from './api/routes/providers.ts';
import { replayRoutes } from './api/routes/replay.ts';
import { scheduleRoutes } from './api/routes/schedules.ts';
import { slotRoutes } from './api/routes/slots.ts';
import { transactionRoutes } from './api/routes/transactions.ts';
import { extendSchedules } from './commands/schedule-materialise.ts';
import { redactedConfig, type Config } from './config.ts';
import { connectionChecks } from './connections/check.ts';
import { adapterCatalogue } from './connections/connection-schema.ts';
import { listAdapters, loadAdapters } from './connections/load-adapters.ts';
import { Connections } from './connections/open-connections.ts';
import { loadContracts } from './contracts.ts';
import type { HubError, Log } from './domain/index.ts';
import { openDatabase, type Database } from './db/database.ts';
import { findDurabilityProblems } from './db/durability.ts';
import { migrate } from './db/migrate.ts';
import { openPgBossQueue } from './db/pg-boss-queue.ts';
import type { Queue } from './db/queue.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { holdAtHis, startReleasingHolds } from './dispatch/his-holds.ts';
import { startProber } from './dispatch/prober.ts';
import { startReplayRunner } from './dispatch/replay-runner.ts';
import { startSweeper } from './dispatch/sweeper.ts';
import { createAuthenticator, exchangeClientCredentials, openIssuer } from './identity/index.ts';
import { startMllpListener } from './inbound/mllp-listener.ts';
import { openHubBook } from './ledger/hub-book.ts';
import { openFeed } from './ledger/notices-feed.ts';
import { openRootKey } from './ledger/root-key.ts';
import { createSeal } from './ledger/seal.ts';
import { SettlementWatch } from './ledger/settlement-watch.ts';
import { loadMappings } from './mapping/index.ts';
import { synchronise } from './reconcile/synchronise.ts';
import { findSimulator } from './sandbox/find-simulators.ts';
import { openSandbox } from './sandbox/sandbox.ts';
import { createLog } from './telemetry/log.ts';
import { createRequestRecorder } from './telemetry/request-record.ts';

const ROOT = join(import.meta.dirname, '..');
const ADAPTERS = join(ROOT, 'adapters');
/** Transactions at work at once in this process; each connection has its own, smaller limit. */
const DISPATCH_CONCURRENCY = 256;
const STOP_GRACE_MS = 10_000;
const DAY_MS = 24 * 3600_000;

export interface RunningHub {
  readonly url: string;
  readonly sandboxFile: string | undefined;
  /** Lets what is at work end, then closes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export { checkAdapters } from './sandbox/check-adapter.ts';

/** Every adapter of this installation, and the template. */
export const adapterDirectories = (): readonly string[] =>
  [...listAdapters(ADAPTERS), '_template'].map((name) => join(ADAPTERS, name));

/** One simulated hospital by itself. Throws when the adapter has none. */
export async function startSimulator(adapter: string, options: SimulatorOptions): Promise<RunningSimulator> {
  const start = listAdapters(ADAPTERS).includes(adapter) ? await findSimulator(ADAPTERS, adapter) : undefined;
  if (!start) throw new Error(`adapter "${adapter}" has no simulator; adapters: ${listAdapters(ADAPTERS).join(', ')}`);
  return start(options);
}

export async function startHub(config: Config): Promise<RunningHub> {
  /** Undone in reverse order, also when the start fails half way. */
  const cleanUps: (() => Promise<unknown> | void)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= undo(cleanUps));
  try {
    return { ...(await compose(config, cleanUps)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(config: Config, cleanUps: (() => Promise<unknown> | void)[]): Promise<Omit<RunningHub, 'stop'>> {
  const contracts = loadContracts(join(ROOT, 'contracts'));
  const log = createLog({ level: config.logLevel, phiKeys: contracts.phiKeys });
  cleanUps.push(() => log.flush());
  log.info({ config: redactedConfig(config) }, 'the hub starts');
  for (const warning of config.warnings) log.warn({}, warning);
  await mkdir(config.dataDir, { recursive: true });

  // The database: the embedded one, or the one that DATABASE_URL names.
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    const { startEmbeddedPostgres } = await import('./db/embedded/index.ts');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(config.dataDir, 'postgres'),
      database: 'tessera',
      log: (line) => log.debug({}, line),
    });
    cleanUps.push(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const db = openDatabase(databaseUrl, {
    max: 20,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  cleanUps.push(() => db.close());
  const migrations = await migrate(db);
  if (migrations.length > 0) log.info({ migrations }, 'the database schema was brought up to date');
  for (const problem of await findDurabilityProblems(db)) log.error({}, `the database may lose bookings: ${problem}`);

  // Ledger and queue.
  const seal = createSeal(await openRootKey(config.dataDir, config.rootKey));
  const queue = await openQueue(config, db, log);
  cleanUps.push(() => queue.stop(STOP_GRACE_MS));
  const ledger = { db, queue, seal };
  const settlements = new SettlementWatch(db);

  // Adapters and their mappings; what hospitals tell by themselves; the sandbox's hospitals, where wanted.
  const adapters = await loadAdapters(ADAPTERS);
  const mappings = loadMappings(join(ROOT, 'mappings'), contracts);
  const issuer = await openIssuer(config.dataDir);
  const connections = new Connections({
    sql: db,
    seal,
    adapters,
    mappings,
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed(db, connectionId),
  });
  cleanUps.push(() => connections.close());
  const listener = config.roles.has('listener')
    ? await startMllpListener({ ledger, connections, adapters, host: config.host, port: config.mllpPort, log })
    : undefined;
  if (listener) cleanUps.push(() => listener.close());
  const mllp = listener && { host: config.host, port: listener.port };
  const sandbox = config.sandbox
    ? await openSandbox({ db, seal, issuer, adapters, adaptersDirectory: ADAPTERS, dataDir: config.dataDir, mllp, log })
    : undefined;
  if (sandbox) cleanUps.push(() => sandbox.stop());
  const synchroniseNow = (connectionId: string) => synchronise({ db, connections, log }, connectionId);

  // Dispatch.
  const hisHolds = { db, connections, log };
  if (config.roles.has('worker')) {
    const dispatcher = new Dispatcher({ ledger, connections, settlements, log });
    queue.work((transactionId) => dispatcher.dispatch(transactionId), DISPATCH_CONCURRENCY);
    // What is at work ends before the connections that it works on are closed.
    cleanUps.push(() => queue.stop(STOP_GRACE_MS));
    const sweeper = startSweeper(ledger, log);
    cleanUps.push(() => sweeper.stop());
    const releasing = startReleasingHolds(hisHolds);
    cleanUps.push(() => releasing.stop());
    const replays = startReplayRunner(ledger, log);
    cleanUps.push(() => replays.stop());
    const prober = startProber({ ledger, connections, log });
    cleanUps.push(() => prober.stop());
    const daily = setInterval(
      () => void extendSchedules(db).catch((error: unknown) => log.warn({ err: error }, 'schedules were not extended')),
      DAY_MS,
    );
    cleanUps.push(() => clearInterval(daily));
  }

  // API.
  let ready = false;
  const requests = createRequestRecorder(db, log);
  cleanUps.push(() => requests.close());
  const changes = {
    db,
    seal,
    settled: (transactionId: string, timeoutMs: number, signal: AbortSignal) =>
      settlements.wait(transactionId, timeoutMs, signal),
    wake: () => queue.wake(),
    problem: (error: HubError, transactionId: string) => problemReply(error, contracts.errors, transactionId),
  };
  const app = createApi({
    contracts,
    handlers: {
      ...appointmentRoutes({ ...changes, queue }),
      ...connectionRoutes({
        db,
        seal,
        queue,
        adapters: adapterCatalogue(adapters, fieldErrors),
        check: connectionChecks({ sql: db, seal, adapters, connections, log }),
        synchronise: (connectionId) =>
          void synchroniseNow(connectionId).catch((error: unknown) =>
            log.warn({ connectionId, err: error }, 'the synchronisation failed'),
          ),
      }),
      ...healthRoutes(async () => ready && (await db.query('select 1')).rowCount === 1),
      ...holdRoutes({ ...changes, holdAtHis: (slotId, expiresAt) => holdAtHis(hisHolds, slotId, expiresAt) }),
      ...identityRoutes((request) => exchangeClientCredentials({ sql: db, issuer }, request)),
      ...locationRoutes(db),
      ...patientRoutes(db),
      ...providerRoutes(db),
      ...replayRoutes(ledger),
      ...scheduleRoutes(db),
      ...slotRoutes(db),
      ...transactionRoutes(db),
    },
    authenticate: createAuthenticator(config.oidc ? { outside: config.oidc } : { builtIn: issuer }),
    recordRequest: (request) => requests.record(request),
    log,
    now: () => new Date(),
  });
  const server = createServer(app);
  if (config.roles.has('api')) {
    server.listen(config.port, config.host);
    await once(server, 'listening');
    cleanUps.push(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
      await closed;
    });
  }
  const { port } = (server.address() as AddressInfo | null) ?? { port: config.port };
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;

  await Promise.all((sandbox?.connectionIds ?? []).map(synchroniseNow));
  await sandbox?.told();
  await sandbox?.announce({ api: url, mllp: mllp ?? { host: config.host, port: config.mllpPort } });
  ready = true;
  log.info({ url }, 'the hub is ready');
  return { url, sandboxFile: sandbox?.file };
}

async function openQueue(config: Config, db: Database, log: Log): Promise<Queue> {
  const onError = (error: Error): void => log.warn({ err: error }, 'the queue stumbled');
  if (config.redisUrl === undefined) return openPgBossQueue(db.url, onError);
  const { openBullmqQueue } = await import('./db/bullmq-queue.ts');
  const warn = (message: string): void => log.warn({}, message);
  return openBullmqQueue({ redisUrl: config.redisUrl, sql: db, onError, warn });
}

async function undo(cleanUps: (() => Promise<unknown> | void)[]): Promise<void> {
  for (const cleanUp of cleanUps.toReversed()) {
    try {
      await cleanUp();
    } catch (error) {
      process.stderr.write(`while stopping: ${(error as Error).message}\n`);
    }
  }
}
