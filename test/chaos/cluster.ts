/**
 * One hub as several processes on a database server of its own, and the simulated hospitals in a process that no fault kills.
 * What a row may do to it is in its members: kill children, stop the database, cut the network.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts';
import type { Policy } from '../../src/domain/index.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { Child } from './child.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Hospital } from './hospital.ts';
import { CHAOS_POLICY } from './policy.ts';
import type { Random } from './random.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

export type Driver = 'pg-boss' | 'bullmq';
export type CallerRole = 'admin' | 'support' | 'engineer' | 'app';

export interface Shape {
  readonly driver: Driver;
  /** Default 1. */
  readonly apis?: number;
  /** Default 2. */
  readonly workers?: number;
  /** Beside CHAOS_POLICY, for every connection. */
  readonly policy?: Partial<Policy>;
  /** Each API and worker reaches the database by a proxy of its own. */
  readonly databaseProxies?: boolean;
  /** Each hospital is reached by a proxy of its own. */
  readonly hospitalProxies?: boolean;
  /** Of every process, beside what it needs. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SandboxFile {
  readonly organization: string;
  readonly tokens: Readonly<Record<CallerRole, string>>;
  readonly connections: readonly {
    readonly id: string;
    readonly key: string;
    readonly locationId: string;
    readonly control?: string;
  }[];
}

export class Cluster {
  readonly driver: Driver;
  readonly dataDir: string;
  /** Straight to the server, past any proxy. */
  readonly databaseUrl: string;
  /** Of the harness: for reading what the invariants ask of the ledger. */
  readonly db: Database;
  readonly redis: TestRedis | undefined;
  /** Listener and simulators; lives as long as the cluster. */
  readonly host: Child;
  readonly apis: readonly Child[];
  readonly workers: readonly Child[];
  readonly sandbox: SandboxFile;
  readonly hospitals: readonly Hospital[];
  /** Present with `databaseProxies`. */
  readonly databaseProxyOf: ReadonlyMap<Child, FaultProxy>;
  /** By the hospital's key; filled with `hospitalProxies`. */
  readonly hospitalProxies = new Map<string, FaultProxy>();
  /** Process id of the database server, which is started again when it ends. */
  readonly databasePid: () => number;
  readonly #reviving: Promise<void>[] = [];

  constructor(parts: {
    readonly shape: Shape;
    readonly dataDir: string;
    readonly postgres: { readonly url: string; readonly pid: number };
    readonly db: Database;
    readonly redis: TestRedis | undefined;
    readonly host: Child;
    readonly apis: readonly Child[];
    readonly workers: readonly Child[];
    readonly sandbox: SandboxFile;
    readonly databaseProxyOf: ReadonlyMap<Child, FaultProxy>;
  }) {
    this.driver = parts.shape.driver;
    this.dataDir = parts.dataDir;
    this.databaseUrl = parts.postgres.url;
    this.databasePid = () => parts.postgres.pid;
    this.db = parts.db;
    this.redis = parts.redis;
    this.host = parts.host;
    this.apis = parts.apis;
    this.workers = parts.workers;
    this.sandbox = parts.sandbox;
    this.databaseProxyOf = parts.databaseProxyOf;
    this.hospitals = parts.sandbox.connections.flatMap(({ key, id, control }) =>
      control === undefined ? [] : [new Hospital(key, id, control)],
    );
  }

  get children(): readonly Child[] {
    return [this.host, ...this.apis, ...this.workers];
  }

  hospital(key: string): Hospital {
    const found = this.hospitals.find((each) => each.key === key);
    if (!found) throw new Error(`there is no hospital ${key}`);
    return found;
  }

  connectionId(key: string): string {
    const found = this.sandbox.connections.find((each) => each.key === key);
    if (!found) throw new Error(`there is no connection ${key}`);
    return found.id;
  }

  /** Undefined when no API process is ready. `nth` spreads callers over those that are. */
  apiUrl(nth = 0): string | undefined {
    const ready = this.apis.filter((each) => each.ready);
    return ready[nth % Math.max(1, ready.length)]?.url;
  }

  /** Starts it again, beside what goes on; `mend` waits for it. */
  revive(child: Child, afterMs = 0): void {
    const revived = (async () => {
      await delay(afterMs);
      await child.start();
    })();
    // Whoever waits hears of a failure; nobody waiting is no reason to end the run.
    revived.catch(() => {});
    this.#reviving.push(revived);
  }

  /** One of `children` that is ready, as soon as there is one. */
  async oneReady(children: readonly Child[], random: Random): Promise<Child> {
    for (;;) {
      const ready = children.filter((each) => each.ready);
      if (ready.length > 0) return random.pick(ready);
      await delay(20);
    }
  }

  /** Wakes what was stopped, kills and starts again whatever is not ready, heals every network. For the moment when faults stop. */
  async mend(): Promise<void> {
    for (const each of this.children) each.signal('SIGCONT');
    await Promise.all(this.#reviving.splice(0));
    for (const proxy of [...this.databaseProxyOf.values(), ...this.hospitalProxies.values()]) proxy.heal();
    await Promise.all([
      ...this.hospitals.map((each) => each.clearFaults()),
      ...this.children.map(async (each) => {
        if (each.isAlive && each.ready) return;
        await each.end('SIGKILL');
        await each.start();
      }),
    ]);
  }
}

export interface OwnedCluster extends AsyncDisposable {
  readonly cluster: Cluster;
}

/** What needs a Redis is not tested where there is none. */
export class NoRedis extends Error {
  constructor() {
    super('there is no Redis: install redis-server, or set REDIS_TEST_URL');
    this.name = 'NoRedis';
  }
}

/** Takes some seconds. Everything it starts is stopped at disposal. Throws NoRedis. */
export async function startCluster(shape: Shape): Promise<OwnedCluster> {
  await using cleanUp = new AsyncDisposableStack();
  const dataDir = await makeDataDirectory('tessera-chaos-');
  cleanUp.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({
    dataDir: join(dataDir, 'postgres'),
    database: 'tessera',
    log: () => {},
    supervision: {
      ended: () => {},
      lost: (error) => {
        throw error;
      },
    },
  });
  cleanUp.defer(() => postgres.stop());
  const redis = shape.driver === 'bullmq' ? await startRedis() : undefined;
  if (shape.driver === 'bullmq' && !redis) throw new NoRedis();
  if (redis) cleanUp.defer(() => redis.stop());
  const db = openDatabase(postgres.url, { max: 6, onError: () => {} });
  cleanUp.defer(() => db.close());

  const common = {
    TESSERA_DATA_DIR: dataDir,
    TESSERA_PORT: '0',
    TESSERA_MLLP_PORT: '0',
    TESSERA_QUEUE: shape.driver,
    // Faults are to be met, not limits.
    TESSERA_RATE_LIMITS: ['organization', 'client', 'route', 'costly'].map((name) => `${name}=1000000/1s`).join(','),
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...shape.environment,
  };
  const host = new Child({
    roles: 'listener',
    environment: { ...common, DATABASE_URL: postgres.url, TESSERA_SANDBOX: 'on' },
  });
  cleanUp.defer(() => host.end());
  await host.start();
  const sandbox = JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8')) as SandboxFile;

  const databaseProxyOf = new Map<Child, FaultProxy>();
  const start = async (roles: string): Promise<Child> => {
    let databaseUrl = postgres.url;
    const proxy = shape.databaseProxies ? await FaultProxy.open(addressOf(postgres.url)) : undefined;
    if (proxy) {
      cleanUp.defer(() => proxy.close());
      const url = new URL(postgres.url);
      url.port = String(proxy.port);
      databaseUrl = url.href;
    }
    const environment = { ...common, DATABASE_URL: databaseUrl, TESSERA_SANDBOX: 'off' };
    const child = new Child({ roles, environment });
    if (proxy) databaseProxyOf.set(child, proxy);
    cleanUp.defer(() => child.end('SIGKILL'));
    await child.start();
    return child;
  };
  const many = (roles: string, count: number): Promise<Child[]> =>
    Promise.all(Array.from({ length: count }, () => start(roles)));
  const apis = await many('api', shape.apis ?? 1);
  const workers = await many('worker', shape.workers ?? 2);
  const cluster = new Cluster({ shape, dataDir, postgres, db, redis, host, apis, workers, sandbox, databaseProxyOf });
  await settings(cluster, shape, (proxy) => cleanUp.defer(() => proxy.close()));
  const owned = cleanUp.move();
  return { cluster, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The quick policy, and the ways by which hospitals are reached, through the API as an engineer sets them. */
async function settings(cluster: Cluster, shape: Shape, opened: (proxy: FaultProxy) => void): Promise<void> {
  const headers = {
    authorization: `Bearer ${cluster.sandbox.tokens.admin}`,
    'content-type': 'application/json',
  };
  for (const { id, key, control } of cluster.sandbox.connections) {
    const path = `${cluster.apiUrl()}/v1/connections/${id}`;
    const change: Record<string, unknown> = { policy: { ...CHAOS_POLICY, ...shape.policy } };
    if (shape.hospitalProxies && control !== undefined) {
      const read = (await (await fetch(path, { headers })).json()) as { config: Record<string, unknown> };
      const proxy = await FaultProxy.open({ host: '127.0.0.1', port: portIn(read.config) });
      opened(proxy);
      cluster.hospitalProxies.set(key, proxy);
      change['config'] = withPort(read.config, portIn(read.config), proxy.port);
    }
    const changed = await fetch(path, { method: 'PATCH', headers, body: JSON.stringify(change) });
    if (!changed.ok) throw new Error(`connection ${key} was not changed: ${changed.status} ${await changed.text()}`);
  }
}

/** The port of a simulator, from the settings of its connection: a URL's, or a member `port`. */
function portIn(config: Readonly<Record<string, unknown>>): number {
  const [, port] = /127\.0\.0\.1:(\d+)|"port":(\d+)/.exec(JSON.stringify(config))?.filter(Boolean) ?? [];
  if (port === undefined) throw new Error(`no port of a simulator in ${JSON.stringify(config)}`);
  return Number(port);
}

function withPort(config: Readonly<Record<string, unknown>>, from: number, to: number): unknown {
  const text = JSON.stringify(config).replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`);
  return JSON.parse(text.replaceAll(`"port":${from}`, `"port":${to}`));
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
