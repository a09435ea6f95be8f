/** A hub without hospitals and without workers, in this process: nothing changes but by a request. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { openIssuer, type Issuer } from '../../src/identity/index.ts';
import { openHubKey } from '../../src/ledger/hub-key.ts';
import { createSeal, type Seal } from '../../src/ledger/seal.ts';
import { startHub } from '../../src/main.ts';
import { TEST_ROOT, testWrapper } from './keys.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { makeDataDirectory } from './data-directory.ts';

export interface ApiInProcess {
  readonly url: string;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** The hub's own: what is sealed here opens there. */
  readonly seal: Seal;
  readonly issuer: Issuer;
  stop(): Promise<void>;
}

export async function startApi(environment: Readonly<Record<string, string>> = {}): Promise<ApiInProcess> {
  const database = await createTestDatabase();
  const dataDir = await makeDataDirectory('tessera-api-');
  await writeFile(join(dataDir, 'root.key'), TEST_ROOT.toString('base64'), { mode: 0o600 });
  const config = readConfig({
    DATABASE_URL: database.url,
    TESSERA_DATA_DIR: dataDir,
    TESSERA_PORT: '0',
    TESSERA_ROLES: 'api',
    TESSERA_SANDBOX: 'off',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    ...environment,
  });
  const hub = await startHub(config, new AbortController().signal);
  const seal = createSeal(await openHubKey(database.db, testWrapper));
  return {
    url: hub.url,
    database,
    dataDir,
    seal,
    issuer: await openIssuer(database.db, seal),
    async stop() {
      await hub.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
