import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, type Database, type PooledDatabase } from '../../../src/db/database.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.ts';

let directory: string;
let empty: TestDatabase;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tessera-migrations-'));
  empty = await createEmptyDatabase();
  await file('0001_first.sql', 'create table first (n integer); insert into first values (1);');
  await file('0002_second.sql', 'insert into first values (2);');
});

afterEach(async () => {
  await empty.drop();
  await rm(directory, { recursive: true });
});

function file(name: string, sql: string): Promise<void> {
  return writeFile(path.join(directory, name), sql);
}

async function numbers(): Promise<unknown[]> {
  return (await empty.db.query('select n from first order by n')).rows.map(({ n }) => n);
}

test('each migration is applied once, in order, and a later run applies only what is new', async () => {
  expect(await migrate(empty.db, directory)).toEqual([1, 2]);
  expect(await migrate(empty.db, directory)).toEqual([]);
  await file('0003_third.sql', 'insert into first values (3);');
  expect(await migrate(empty.db, directory)).toEqual([3]);
  expect(await numbers()).toEqual([1, 2, 3]);
});

test('two processes that migrate at once apply each migration once', async () => {
  const other = openDatabase(empty.url, { onError: () => {} });
  try {
    const applied = await Promise.all([migrate(empty.db, directory), migrate(other, directory)]);
    expect(applied.flat().toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await numbers()).toEqual([1, 2]);
  } finally {
    await other.close();
  }
});

describe('a table that somebody reads', () => {
  const patience = { momentMs: 100, pauseMs: 200, inAllMs: 20_000 };
  let reader: PooledDatabase;
  let readOn: () => void;
  let read: Promise<unknown>;

  beforeEach(async () => {
    await migrate(empty.db, directory);
    await file('0003_third.sql', 'alter table first add column more integer;');
    reader = openDatabase(empty.url, { onError: () => {} });
    const reading = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    readOn = end.resolve;
    read = reader.transaction(async (tx) => {
      await tx.query('select n from first');
      reading.resolve();
      await end.promise;
    });
    await reading.promise;
  });

  afterEach(async () => {
    readOn();
    await read;
    await reader.close();
  });

  test('is waited for without keeping whoever writes to it waiting', async () => {
    const waits: string[] = [];
    const migrated = migrate(empty.db, directory, { ...patience, onWait: (why) => waits.push(why) });
    const writing = Date.now() + 1_500;
    for (let n = 3; Date.now() < writing; n += 1) {
      await Promise.race([
        reader.query('insert into first values ($1)', [n]),
        delay(5_000, undefined, { ref: false }).then(() => Promise.reject(new Error('waits behind the migration'))),
      ]);
      await delay(20);
    }
    readOn();
    expect(await migrated).toEqual([3]);
    expect(waits).toEqual([expect.stringContaining('0003_third.sql')]);
  });

  test('for too long fails the migration, which changes nothing and can be tried again', async () => {
    await expect(migrate(empty.db, directory, { ...patience, inAllMs: 300 })).rejects.toThrow(
      /^migration 0003_third\.sql has to change a table that another transaction uses .*: end that transaction, and start again$/,
    );
    readOn();
    await read;
    expect(await migrate(empty.db, directory, patience)).toEqual([3]);
  });
});

test('a migration that Postgres ends because it and another transaction wait for each other comes again', async () => {
  await file('0003_third.sql', 'create table second (n integer);');
  await migrate(empty.db, directory);
  await file('0004_fourth.sql', 'alter table first add column m integer; alter table second add column m integer;');
  const waits: string[] = [];
  const [migrated] = await empty.db.transaction(async (tx) => {
    await tx.query('select n from second');
    const migrating = migrate(empty.db, directory, {
      momentMs: 20_000,
      pauseMs: 100,
      onWait: (why) => waits.push(why),
    });
    // Who waited first is ended.
    while (
      (await empty.db.query(`select 1 from pg_locks where not granted and relation = 'second'::regclass`)).rowCount ===
      0
    )
      await delay(10);
    await tx.query('select n from first');
    return [migrating] as const;
  });
  expect(await migrated).toEqual([4]);
  expect(waits).toEqual([expect.stringContaining('0004_fourth.sql')]);
});

test('a server that is too old is refused, in words', async () => {
  const query = () => Promise.resolve({ rows: [{ version: '14.19', number: 140_019 }], rowCount: 1 });
  await expect(migrate({ ...empty.db, query } as unknown as Database)).rejects.toThrow(
    'expected Postgres 15 or newer, found 14.19: upgrade the server',
  );
});

test('a database newer than the program is refused, and left as it is', async () => {
  await migrate(empty.db, directory);
  await rm(path.join(directory, '0002_second.sql'));
  await expect(migrate(empty.db, directory)).rejects.toThrow(
    'the database has schema version 2, and this program knows versions up to 1: run the newer program',
  );
  expect(await numbers()).toEqual([1, 2]);
});

test('an applied migration that was edited is refused', async () => {
  await migrate(empty.db, directory);
  await file('0001_first.sql', 'create table first (n bigint);');
  await file('0003_third.sql', 'insert into first values (3);');
  await expect(migrate(empty.db, directory)).rejects.toThrow('0001_first.sql was changed after it was applied');
  expect(await numbers()).toEqual([1, 2]);
});

test('line endings are no edit', async () => {
  await file('0002_second.sql', 'insert into first\n  values (2);\n');
  await migrate(empty.db, directory);
  await file('0002_second.sql', 'insert into first\r\n  values (2);\r\n');
  expect(await migrate(empty.db, directory)).toEqual([]);
});

test('a migration numbered below an applied one is refused', async () => {
  await rm(path.join(directory, '0001_first.sql'));
  await file('0002_second.sql', 'create table first (n integer);');
  await migrate(empty.db, directory);
  await file('0001_late.sql', 'insert into first values (1);');
  await expect(migrate(empty.db, directory)).rejects.toThrow('0001_late.sql was never applied');
});

test('a migration that fails leaves nothing behind, and those before it stay', async () => {
  await file('0002_second.sql', 'insert into first values (2); select 1 / 0;');
  await expect(migrate(empty.db, directory)).rejects.toThrow(
    '0002_second.sql failed and was rolled back: division by zero',
  );
  expect(await numbers()).toEqual([1]);
  await file('0002_second.sql', 'insert into first values (2);');
  expect(await migrate(empty.db, directory)).toEqual([2]);
});

test.each([
  ['0002_again.sql', 'have the same number'],
  ['3_short.sql', 'to be named like 0001_what_it_does.sql'],
])('a directory with %s is refused before anything is applied', async (name, reason) => {
  await file(name, 'select 1;');
  await expect(migrate(empty.db, directory)).rejects.toThrow(reason);
  await expect(numbers()).rejects.toThrow('does not exist');
});

test('the database of the tests is migrated', async () => {
  const migrated = await createTestDatabase();
  try {
    expect(await migrate(migrated.db)).toEqual([]);
  } finally {
    await migrated.drop();
  }
});
