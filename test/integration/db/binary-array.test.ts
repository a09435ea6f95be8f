import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byteaArray, textArray, uuidArray } from '../../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('Postgres reads a list as it was written: in order, with its gaps, empty elements and every byte', async () => {
  const bytes = [Buffer.alloc(0), undefined, randomBytes(3_000), Buffer.from([0, 0x5c, 0x22, 0xff])];
  const texts = ['', undefined, 'Müller, "{}" \\ 漢字 🙂', 'NULL'];
  const ids = [randomUUID(), undefined, randomUUID(), randomUUID()];
  const { rows } = await database.db.query(
    'select * from unnest($1::bytea[], $2::text[], $3::uuid[]) with ordinality as a (bytes, text, id, nth) order by nth',
    [byteaArray(bytes), textArray(texts), uuidArray(ids)],
  );
  expect(rows.map((row) => row['bytes'])).toEqual(bytes.map((each) => each ?? null));
  expect(rows.map((row) => row['text'])).toEqual(texts.map((each) => each ?? null));
  expect(rows.map((row) => row['id'])).toEqual(ids.map((each) => each ?? null));
});
