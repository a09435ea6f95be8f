/** A hub under load: its own process, on an embedded Postgres with fsync on, booking on the hub's own book. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts';

export interface BenchHub extends AsyncDisposable {
  readonly api: string;
  readonly mllpPort: number;
  readonly db: Database;
  readonly headers: Readonly<Record<string, string>>;
  /** Of an engineer. */
  readonly engineer: Readonly<Record<string, string>>;
  /** A simulated hospital with mappings `epic.*`. */
  readonly vendorConnectionId: string;
  readonly patientId: string;
  readonly providerId: string;
  /** Ids of free slots, as many as asked for, all of one provider of the hub's own book. */
  slots(count: number): Promise<string[]>;
}

export async function startBenchHub(): Promise<BenchHub> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-bench-'));
  const postgres = await startEmbeddedPostgres({
    dataDir: join(dataDir, 'postgres'),
    database: 'tessera',
    log: () => {},
  });
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/tessera.cjs'), 'start', '--json'], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: postgres.url,
      TESSERA_DATA_DIR: dataDir,
      TESSERA_PORT: '0',
      TESSERA_MLLP_PORT: '0',
      TESSERA_SANDBOX: 'on',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = Promise.withResolvers<void>();
  // Reading on keeps the pipe from filling up.
  createInterface(child.stdout).on('line', (line) => line.startsWith('{"url"') && ready.resolve());
  child.once('exit', (code) => ready.reject(new Error(`the hub ended with ${code}`)));
  await ready.promise;
  const sandbox = JSON.parse(await readFile(join(dataDir, 'sandbox.json'), 'utf8')) as {
    api: string;
    mllp: { port: number };
    organization: string;
    tokens: Record<string, string>;
    connections: { id: string; key: string; locationId: string }[];
  };
  const db = openDatabase(postgres.url, { max: 40, onError: () => {} });
  const native = sandbox.connections.find(({ key }) => key === 'native');
  const one = async (text: string, values: unknown[]): Promise<string> =>
    (await db.query<{ id: string }>(text, values)).rows[0]?.id ?? '';
  const patientId = await one('select id from patient where organization_id = $1 limit 1', [sandbox.organization]);
  const providerId = await one('select id from provider where connection_id = $1 order by id limit 1', [native?.id]);
  const headersOf = (role: string): Record<string, string> => ({
    authorization: `Bearer ${sandbox.tokens[role]}`,
    'content-type': 'application/json',
  });
  let made = 0;
  return {
    api: sandbox.api,
    mllpPort: sandbox.mllp.port,
    db,
    headers: headersOf('app'),
    engineer: headersOf('engineer'),
    vendorConnectionId: sandbox.connections.find(({ key }) => key === 'epic')?.id ?? '',
    patientId,
    providerId,
    async slots(count) {
      const from = made;
      made += count;
      const created = await db.query<{ id: string }>(
        `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, hub_managed)
         select gen_random_uuid(), $1, $2, $3, $4, at, at + interval '5 minutes', 'in-person', 'free', true
         from generate_series($5::int + 1, $5::int + $6::int) n, lateral (select date_trunc('hour', now()) + interval '100 days' + n * interval '5 minutes' as at) t
         returning id`,
        [sandbox.organization, native?.id, providerId, native?.locationId, from, count],
      );
      return created.rows.map((row) => row.id);
    },
    async [Symbol.asyncDispose]() {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
      await once(child, 'exit');
      await db.close();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
