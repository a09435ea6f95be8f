/** A hub under load: its own process, everything switched on, on an embedded Postgres with fsync on; and the load for it. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts';
import { checkBookings, type Booked } from './check/bookings.ts';
import { startHubProcess, type HubProcess } from './hub-process.ts';
import { startLoadGenerator } from './load/load-generator.ts';
import type { Lane, Loaded, Plan } from './load/plan.ts';
import { journalOf } from './load/journal.ts';
import { family, parentOf, processorMs } from './processor-time.ts';
import { enterSlots } from './slots.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

export interface BenchHub extends AsyncDisposable {
  readonly api: string;
  readonly mllpPort: number;
  /** Of the hub, and of its Postgres. */
  readonly pid: number;
  readonly postgresPid: number;
  /** As the owner of the tables. */
  readonly db: Database;
  readonly dataDir: string;
  readonly organizationId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly engineer: Readonly<Record<string, string>>;
  readonly support: Readonly<Record<string, string>>;
  readonly connections: readonly SandboxConnection[];
  readonly patientId: string;
  /** Of the hub's own book. */
  readonly providerIds: readonly string[];
  /** Ids of new free slots of the hub's own book, far enough ahead that no list shows them. */
  slots(count: number): Promise<string[]>;
  /** Sends load to `api`, or to another process of this hub. The answers to bookings are kept for `check`. */
  load(plan: Omit<Plan, 'host' | 'port'>, url?: string): Promise<Loaded>;
  /** Requests that book these slots, one each. */
  bookings(slotIds: readonly string[], more?: Partial<Lane>): Lane;
  /** Processor time until now, in milliseconds. */
  spent(): Promise<{ readonly hub: number; readonly postgres: number }>;
  /** One more process of the same hub. */
  another(environment: Readonly<Record<string, string>>): Promise<HubProcess>;
  /** What is wrong with what was booked, by what the clients were told. Waits until all of it has settled. */
  check(): Promise<readonly string[]>;
  /** Answers to load that were not expected, in words: for the report. */
  surprises(): readonly string[];
  /** Before a restart. */
  stop(): Promise<void>;
}

export interface SandboxConnection {
  readonly id: string;
  readonly key: string;
  readonly locationId: string;
}

interface SandboxFile {
  readonly api: string;
  readonly mllp: { readonly port: number };
  readonly organization: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly connections: readonly SandboxConnection[];
}

/** `environment`: besides its own. */
export async function startBenchHub(environment: Readonly<Record<string, string>> = {}): Promise<BenchHub> {
  await using cleanUp = new AsyncDisposableStack();
  const dataDir = await makeDataDirectory('tessera-bench-');
  cleanUp.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({
    dataDir: join(dataDir, 'postgres'),
    database: 'tessera',
    log: () => {},
  });
  cleanUp.defer(() => postgres.stop());
  const own = { DATABASE_URL: postgres.url, TESSERA_DATA_DIR: dataDir, ...environment };
  const db = openDatabase(postgres.url, { max: 40, onError: () => {}, answerTimeoutMs: 0 });
  cleanUp.defer(() => db.close());
  const hub = cleanUp.use(await startHubProcess({ ...own, TESSERA_SANDBOX: 'on' }));
  const sandbox = JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8')) as SandboxFile;
  const native = sandbox.connections.find(({ key }) => key === 'native');
  if (!native) throw new Error('the sandbox has no book of its own');
  const ids = async (text: string, value: string): Promise<string[]> =>
    (await db.query<{ id: string }>(text, [value])).rows.map(({ id }) => id);
  const [patientId = ''] = await ids('select id from patient where organization_id = $1 limit 1', sandbox.organization);
  const providerIds = await ids('select id from provider where connection_id = $1 order by id', native.id);
  const postgresPid = await postmasterOf(db);
  const generator = cleanUp.use(startLoadGenerator());
  const journal: Booked[] = [];
  const surprises = new Map<string, number>();
  let entered = 0;
  let keys = 0;
  const headersOf = (role: string): Record<string, string> => ({
    authorization: `Bearer ${sandbox.tokens[role]}`,
    'content-type': 'application/json',
  });
  const started = cleanUp.move();
  return {
    api: sandbox.api,
    mllpPort: sandbox.mllp.port,
    pid: hub.pid,
    postgresPid,
    db,
    dataDir,
    organizationId: sandbox.organization,
    headers: headersOf('app'),
    engineer: headersOf('engineer'),
    support: headersOf('support'),
    connections: sandbox.connections,
    patientId,
    providerIds,
    slots(count) {
      const from = entered;
      entered += count;
      return enterSlots(db, { ...native, organizationId: sandbox.organization, providerIds }, from, count);
    },
    async load(plan, url = sandbox.api) {
      const { hostname, port } = new URL(url);
      const loaded = await generator.load({ ...plan, host: hostname, port: Number(port) });
      journal.push(...journalOf(plan.lanes, loaded));
      countSurprises(surprises, plan.lanes, loaded);
      return loaded;
    },
    bookings: (slotIds, more = {}) => ({
      method: 'POST',
      paths: ['/v1/appointments'],
      headers: headersOf('app'),
      bodies: slotIds.map((slotId) => JSON.stringify({ slotId, patientId })),
      keys: `bench-${(keys += 1)}`,
      expected: [201],
      isKept: true,
      ...more,
    }),
    spent: async () => ({
      hub: await processorMs([hub.pid]),
      postgres: await processorMs(await family(postgresPid)),
    }),
    another: (more) => startHubProcess({ ...own, TESSERA_SANDBOX: 'off', ...more }),
    check: () => checkBookings(db, journal),
    surprises: () => [...surprises].map(([what, count]) => `- ${count} × ${what}`),
    async stop() {
      await hub[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await started.disposeAsync();
    },
  };
}

function countSurprises(found: Map<string, number>, lanes: readonly Lane[], { lanes: results }: Loaded): void {
  for (const [index, { statuses }] of results.entries()) {
    const { expected = [], method = '', paths = [] } = lanes[index] ?? {};
    for (const [status, count] of Object.entries(statuses)) {
      if (expected.includes(Number(status))) continue;
      const what = `${method} ${paths[0]?.replace(/\?.*/, '') ?? ''} answered ${status === '0' ? 'not at all' : status}`;
      found.set(what, (found.get(what) ?? 0) + count);
    }
  }
}

async function postmasterOf(db: Database): Promise<number> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
  return parentOf(rows[0]?.pid ?? 0);
}
