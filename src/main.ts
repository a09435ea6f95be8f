/**
 * The composition root, in the order of the route: API, commands and ledger, queue, dispatch, adapters, and back.
 * Everything is made here and handed to whoever needs it; nobody imports this file but the command line's start.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Adapter } from './adapter-kit/index.ts';
import type { RunningSimulator, SimulatorOptions } from './adapter-kit/simulator/index.ts';
import { fieldErrors } from './api/field-errors.ts';
import type { Handlers } from './api/operation.ts';
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
import { loadContracts, type Contracts } from './contracts.ts';
import type { HubError, Log } from './domain/index.ts';
import { lockDataDirectory } from './db/data-directory.ts';
import { DatabaseAway, openDatabase, type Database } from './db/database.ts';
import { findDurabilityProblems } from './db/durability.ts';
import { migrate } from './db/migrate.ts';
import { openPgBossQueue } from './db/pg-boss-queue.ts';
import type { Queue } from './db/queue.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { holdAtHis, startReleasingHolds } from './dispatch/his-holds.ts';
import { startProber } from './dispatch/prober.ts';
import { startReplayRunner } from './dispatch/replay-runner.ts';
import { startSweeper } from './dispatch/sweeper.ts';
import { createAuthenticator, exchangeClientCredentials, openIssuer, type Issuer } from './identity/index.ts';
import { startMllpListener } from './inbound/mllp-listener.ts';
import { openHubBook } from './ledger/hub-book.ts';
import { openFeed } from './ledger/notices-feed.ts';
import { openRootKey } from './ledger/root-key.ts';
import { createSeal } from './ledger/seal.ts';
import type { Ledger } from './ledger/settle.ts';
import { SettlementWatch } from './ledger/settlement-watch.ts';
import { loadMappings } from './mapping/index.ts';
import { synchronise } from './reconcile/synchronise.ts';
import type { checkAdapters as CheckAdapters } from './sandbox/check-adapter.ts';
import { findSimulator } from './sandbox/find-simulators.ts';
import { openSandbox, type Sandbox } from './sandbox/sandbox.ts';
import { createLog } from './telemetry/log.ts';
import { createRequestRecorder } from './telemetry/request-record.ts';

const ROOT = join(import.meta.dirname, '..');
const ADAPTERS = join(ROOT, 'adapters');
/** Transactions in hand at once in this process, most of them waiting; each connection has its own, smaller limits. */
const DISPATCH_CONCURRENCY = 20_000;
const STOP_GRACE_MS = 10_000;
const DAY_MS = 24 * 3600_000;

export interface RunningHub {
  readonly url: string;
  readonly sandboxFile: string | undefined;
  /** Resolves when it cannot go on: what it needs is lost. It is still to be stopped. */
  readonly failed: Promise<void>;
  /** Lets what is at work end, then closes everything. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

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

/** What every part is given: settings, contracts, the log, and where to say how it is undone. */
interface Base {
  readonly config: Config;
  readonly contracts: Contracts;
  readonly log: Log;
  /** Undone in reverse order, also when the start fails half way. */
  readonly onStop: (cleanUp: () => Promise<unknown> | void) => void;
  /** Says that the hub cannot go on. */
  readonly fail: () => void;
}

interface Store extends Ledger {
  readonly settlements: SettlementWatch;
  readonly issuer: Issuer;
}

interface Hospitals {
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly connections: Connections;
  /** Where hospitals tell by themselves; undefined when this process does not listen. */
  readonly mllp: { readonly host: string; readonly port: number } | undefined;
  readonly sandbox: Sandbox | undefined;
  readonly synchronise: (connectionId: string) => Promise<unknown>;
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

async function compose(base: Base): Promise<Pick<RunningHub, 'url' | 'sandboxFile'>> {
  const { config, contracts, log } = base;
  log.info({ config: redactedConfig(config) }, 'the hub starts');
  for (const warning of config.warnings) log.warn({}, warning);
  await mkdir(config.dataDir, { recursive: true });
  // Before anything is opened: a second hub would move the sandbox's hospitals and secrets away from the first.
  if (config.sandbox || config.databaseUrl === undefined) base.onStop(lockDataDirectory(config.dataDir));

  const store = await openStore(base);
  const hospitals = await openHospitals(base, store);
  if (config.roles.has('worker')) startWork(base, store, hospitals);

  let ready = false;
  const requests = createRequestRecorder(store.db, log);
  base.onStop(() => requests.close());
  const app = createApi({
    contracts,
    handlers: {
      ...handlersOf(base, store, hospitals),
      ...healthRoutes(async () => ready && (await isAlive(store.db))),
    },
    authenticate: createAuthenticator(config.oidc ? { outside: config.oidc } : { builtIn: store.issuer }),
    recordRequest: (request) => requests.record(request),
    isUnavailable: (error) => error instanceof DatabaseAway,
    log,
    now: () => new Date(),
  });
  const url = await listen(base, app);

  const { sandbox, mllp } = hospitals;
  await Promise.all((sandbox?.connectionIds ?? []).map(hospitals.synchronise));
  await sandbox?.told();
  await sandbox?.announce({ api: url, mllp: mllp ?? { host: config.host, port: config.mllpPort } });
  ready = true;
  log.info({ url }, 'the hub is ready');
  return { url, sandboxFile: sandbox?.file };
}

/** The database (embedded, or the one that DATABASE_URL names), the queue, and the keys. */
async function openStore({ config, log, onStop, fail }: Base): Promise<Store> {
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    const { startEmbeddedPostgres } = await import('./db/embedded/index.ts');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(config.dataDir, 'postgres'),
      database: 'tessera',
      log: (line) => log.debug({}, line),
      supervision: {
        ended: () => log.error({}, 'the embedded database has ended by itself; it is started again'),
        lost: (error) => {
          log.error({ err: error }, 'the embedded database cannot be started again: the hub ends');
          fail();
        },
      },
    });
    onStop(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const db = openDatabase(databaseUrl, {
    max: 20,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  onStop(() => db.close());
  const migrations = await migrate(db);
  if (migrations.length > 0) log.info({ migrations }, 'the database schema was brought up to date');
  for (const problem of await findDurabilityProblems(db)) log.error({}, `the database may lose bookings: ${problem}`);

  const seal = createSeal(await openRootKey(config.dataDir, config.rootKey));
  const queue = await openQueue(config, db, log);
  onStop(() => queue.stop(STOP_GRACE_MS));
  const issuer = await openIssuer(config.dataDir);
  return { db, queue, seal, settlements: new SettlementWatch(db), issuer };
}

/** Adapters and mappings, the connections, what hospitals tell by themselves, and the sandbox's hospitals where wanted. */
async function openHospitals({ config, contracts, log, onStop }: Base, store: Store): Promise<Hospitals> {
  const { db, seal, issuer } = store;
  const adapters = await loadAdapters(ADAPTERS);
  const connections = new Connections({
    sql: db,
    seal,
    adapters,
    mappings: loadMappings(join(ROOT, 'mappings'), contracts),
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed(db, connectionId),
  });
  onStop(() => connections.close());
  const listener = config.roles.has('listener')
    ? await startMllpListener({ ledger: store, connections, adapters, host: config.host, port: config.mllpPort, log })
    : undefined;
  if (listener) onStop(() => listener.close());
  const mllp = listener && { host: config.host, port: listener.port };
  const sandbox = config.sandbox
    ? await openSandbox({ db, seal, issuer, adapters, adaptersDirectory: ADAPTERS, dataDir: config.dataDir, mllp, log })
    : undefined;
  if (sandbox) onStop(() => sandbox.stop());
  return {
    adapters,
    connections,
    mllp,
    sandbox,
    synchronise: (connectionId) => synchronise({ db, connections, log }, connectionId),
  };
}

/** What a worker does: dispatches, and looks after what was forgotten, held, parked or is to be replayed. */
function startWork({ log, onStop }: Base, store: Store, { connections }: Hospitals): void {
  const { db, queue, settlements } = store;
  const dispatcher = new Dispatcher({ ledger: store, connections, settlements, log });
  queue.work((transactionId) => dispatcher.dispatch(transactionId), DISPATCH_CONCURRENCY);
  // What is at work ends before the connections that it works on are closed.
  onStop(() => queue.stop(STOP_GRACE_MS));
  for (const chore of [
    startSweeper(store, log),
    startReleasingHolds({ db, connections, log }),
    startReplayRunner(store, log),
    startProber({ ledger: store, connections, log }),
  ]) {
    onStop(() => chore.stop());
  }
  const extend = (): void =>
    void extendSchedules(db).catch((error: unknown) => log.warn({ err: error }, 'schedules were not extended'));
  const daily = setInterval(extend, DAY_MS);
  onStop(() => clearInterval(daily));
}

/** One handler for each operation of contracts/openapi.yaml, but for those of health. */
function handlersOf({ contracts, log }: Base, store: Store, hospitals: Hospitals): Handlers {
  const { db, seal, queue, settlements, issuer } = store;
  const { adapters, connections } = hospitals;
  const changes = {
    db,
    seal,
    settled: (transactionId: string, timeoutMs: number, signal: AbortSignal) =>
      settlements.wait(transactionId, timeoutMs, signal),
    problem: (error: HubError, transactionId: string) => problemReply(error, contracts.errors, transactionId),
  };
  return {
    ...appointmentRoutes({ ...changes, queue }),
    ...connectionRoutes({
      db,
      seal,
      queue,
      adapters: adapterCatalogue(adapters, fieldErrors),
      check: connectionChecks({ sql: db, seal, adapters, connections, log }),
      synchronise: (connectionId) =>
        void hospitals
          .synchronise(connectionId)
          .catch((error: unknown) => log.warn({ connectionId, err: error }, 'the synchronisation failed')),
    }),
    ...holdRoutes({
      ...changes,
      holdAtHis: (slotId, expiresAt) => holdAtHis({ db, connections, log }, slotId, expiresAt),
    }),
    ...identityRoutes((request) => exchangeClientCredentials({ sql: db, issuer }, request)),
    ...locationRoutes(db),
    ...patientRoutes(db),
    ...providerRoutes(db),
    ...replayRoutes(store),
    ...scheduleRoutes(db),
    ...slotRoutes(db),
    ...transactionRoutes(db),
  };
}

const isAlive = async (db: Database): Promise<boolean> => (await db.query('select 1')).rowCount === 1;

/** Where the API is reached, when this process serves it. */
async function listen({ config, onStop }: Base, app: RequestListener): Promise<string> {
  const server = createServer(app);
  if (config.roles.has('api')) {
    server.listen(config.port, config.host);
    await once(server, 'listening');
    onStop(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
      await closed;
    });
  }
  const { port } = (server.address() as AddressInfo | null) ?? { port: config.port };
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
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
