/** Keys are renewed by the command line while a hub works, and a root key that is not the right one is told at start. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { openIssuer } from '../../src/identity/index.ts';
import { openHubKey } from '../../src/ledger/hub-key.ts';
import { openRootWrapper } from '../../src/ledger/key-wrapper.ts';
import { readRootKeys } from '../../src/ledger/root-key.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { startHub, type RunningHub } from '../../src/main.ts';
import { createClinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

let database: TestDatabase;
let dataDir: string;
let hub: RunningHub;
let token: string;
beforeAll(async () => {
  [database, dataDir] = [await createTestDatabase(), await makeDataDirectory('tessera-keys-')];
  hub = await start();
  const { organizationId } = await createClinic(database.db);
  await database.db.query('update organization set runs_platform = (id = $1)', [organizationId]);
  const seal = createSeal(await openHubKey(database.db, await openRootWrapper(() => readRootKeys(dataDir, undefined))));
  const issuer = await openIssuer(database.db, seal);
  token = await issuer.issueToken({ clientId: 'keys', organizationId, role: 'admin', ttlSeconds: 3_600 });
}, 60_000);
afterAll(async () => {
  await hub.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const start = (more: Readonly<Record<string, string>> = {}): Promise<RunningHub> =>
  startHub(
    readConfig({
      DATABASE_URL: database.url,
      TESSERA_DATA_DIR: dataDir,
      TESSERA_PORT: '0',
      TESSERA_ROLES: 'api',
      TESSERA_SANDBOX: 'off',
      LOG_LEVEL: 'silent',
      ...more,
    }),
    new AbortController().signal,
  );

async function api(method: string, path: string, body?: unknown) {
  const response = await fetch(hub.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function tessera(...words: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/tessera.cjs', ...words, '--json'], {
    env: { PATH: process.env['PATH'], TESSERA_API: hub.url, TESSERA_TOKEN: token, TESSERA_DATA_DIR: dataDir },
  });
  return JSON.parse(stdout);
}

test('a new root key, and a new key of the organization, take over while patients are read, changed and added', async () => {
  const person = { name: { given: ['Ada'], family: 'Cole' }, birthDate: '1980-01-01', email: 'ada@example.org' };
  const made = await api('POST', '/v1/patients', person);
  expect(made.status).toBe(201);
  const path = `/v1/patients/${String(made.body['id'])}`;
  const [before] = (await readFile(join(dataDir, 'root.key'), 'utf8')).trim().split('\n');

  const file = join(dataDir, 'new.key');
  await writeFile(file, randomBytes(32).toString('base64'));
  expect(await tessera('keys', 'rotate-root', '--new-key-file', file)).toEqual({ keys: 2 });
  expect((await readFile(join(dataDir, 'root.key'), 'utf8')).split('\n')).toContain(before);
  expect(await tessera('keys', 'rotate')).toEqual({ patients: 1 });
  expect((await api('GET', path)).body).toMatchObject(person);
  expect((await api('PUT', path, { ...person, email: 'new@example.org' })).status).toBe(200);
  expect((await api('POST', '/v1/patients', { ...person, email: 'NEW@example.org' })).status).toBe(409);
  expect((await api('POST', '/v1/patients', person)).status).toBe(201);

  expect(await tessera('keys', 'rotate-root')).toEqual({ keys: 3 });
  const random = (await readFile(join(dataDir, 'root.key'), 'utf8')).trim().split('\n');
  expect(random).toHaveLength(3);
  expect(random.slice(1)).toEqual([(await readFile(file, 'utf8')).trim(), before]);
  const by = await database.db.query(
    'select distinct wrapped_by from organization_key union select wrapped_by from hub_key',
  );
  expect(by.rows).toEqual([{ wrapped_by: (await openRootWrapper(() => readRootKeys(dataDir, undefined))).id }]);

  await writeFile(join(dataDir, 'root.key'), [randomBytes(32).toString('base64'), ...random].join('\n'));
  const stopped = await readFile(join(dataDir, 'root.key'), 'utf8');
  expect(await tessera('keys', 'rotate-root')).toEqual({ keys: 3 });
  expect(await readFile(join(dataDir, 'root.key'), 'utf8')).toBe(stopped);

  expect(await tessera('keys', 'rotate-root', '--new-key-file', file, '--forget-old')).toEqual({ keys: 3 });
  const left = (await readFile(join(dataDir, 'root.key'), 'utf8')).trim();
  expect(left).toBe((await readFile(file, 'utf8')).trim());
  expect((await stat(join(dataDir, 'root.key'))).mode & 0o777).toBe(0o600);
  await hub.stop();
  await expect(start({ TESSERA_ROOT_KEY: before ?? '' })).rejects.toThrow(
    /sealed with the root key \w{16}.*TESSERA_ROOT_KEY/s,
  );
  hub = await start();
  expect((await api('GET', path)).body).toMatchObject({ ...person, email: 'new@example.org' });
  const [, , , id = ''] = path.split('/');
  expect(await tessera('erase', id, '--reason', 'Asked for it')).toMatchObject({ patientId: id });
  expect((await api('GET', path)).status).toBe(404);
}, 120_000);
