/** `tessera retention`: in the database itself, whether a hub runs or not. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { makePartitions } from '../../../src/db/partitions.ts';
import { startApi, type ApiInProcess } from '../../support/api-in-process.ts';
import { tessera } from './tessera.ts';

jest.setTimeout(120_000);
const DAY_MS = 86_400_000;

let api: ApiInProcess;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

test('says what was kept long enough, drops it, and then says that there is nothing', async () => {
  const { db } = api.database;
  const msecs = Date.now() - 350 * DAY_MS;
  await db.query(
    `insert into api_request (id, transaction_id, method, route, status, duration_ms, at) values ($1, $2, 'GET', '/', 200, 1, $3)`,
    [uuidv7({ msecs, random: randomBytes(16) }), randomUUID(), new Date(msecs).toISOString()],
  );
  await makePartitions(db);
  const run = (...args: readonly string[]) =>
    tessera(['retention', ...args], {
      env: { DATABASE_URL: api.database.url, TESSERA_DATA_DIR: api.dataDir, TESSERA_RETENTION: 'requests=300d' },
    });
  expect(await run('--dry-run')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^api_request_\d{8} \(requests, .*: 1 rows would be dropped, 0 stay\n$/),
  });
  expect(JSON.parse((await run('--json')).out)).toMatchObject({
    partitions: [{ class: 'requests', going: 1, staying: 0 }],
    damaged: [],
  });
  expect((await db.query('select 1 from api_request where route = $1', ['/'])).rowCount).toBe(0);
  expect(await run('--dry-run')).toMatchObject({ out: 'nothing was kept long enough\n' });
  expect((await db.query(`select days from retention where class = 'requests'`)).rows).toEqual([{ days: 300 }]);
});
