import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { DatabaseAway, isUniqueViolation, openDatabase, type Sql } from '../../../src/db/database.ts';
import { findDurabilityProblems } from '../../../src/db/durability.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
  await database.db.query('create table note (text text primary key deferrable initially deferred)');
});
afterAll(() => database.drop());

async function notes(): Promise<unknown[]> {
  return (await database.db.query('select text from note order by text')).rows.map(({ text }) => text);
}

/** The transaction's own connection, ended by the server. */
async function cut(tx: Sql): Promise<void> {
  const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
  await database.db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
}

test('a transaction keeps all of its work, or none of it', async () => {
  await database.db.query('delete from note');
  const kept = await database.db.transaction(async (tx) => {
    await tx.query(`insert into note values ('kept')`);
    return 'value';
  });
  expect(kept).toBe('value');
  const failure = new Error('the rules forbid it');
  const failed = database.db.transaction(async (tx) => {
    await tx.query(`insert into note values ('lost')`);
    throw failure;
  });
  await expect(failed).rejects.toBe(failure);
  expect(await notes()).toEqual(['kept']);
});

test('a constraint that speaks at commit fails the transaction', async () => {
  await database.db.query('delete from note');
  const twice = database.db.transaction((tx) => tx.query(`insert into note values ('twice'), ('twice')`));
  await expect(twice.catch((error: unknown) => isUniqueViolation(error, 'note_pkey'))).resolves.toBe(true);
  expect(await notes()).toEqual([]);
});

test('a transaction whose failed statement was swallowed does not pass for committed', async () => {
  await database.db.query('delete from note');
  const swallowed = database.db.transaction(async (tx) => {
    await tx.query(`insert into note values ('before')`);
    await tx.query('select 1 / 0').catch(() => undefined);
  });
  await expect(swallowed).rejects.toThrow('nothing was committed');
  expect(await notes()).toEqual([]);
});

test('a commit whose connection broke is an error, and the pool goes on', async () => {
  await database.db.query('delete from note');
  const broken = database.db.transaction(async (tx) => {
    await tx.query(`insert into note values ('lost')`);
    await cut(tx);
  });
  await expect(broken).rejects.toThrow();
  expect(await notes()).toEqual([]);
});

test('a query made after its transaction ended is refused, rather than run on somebody else’s connection', async () => {
  let late: Sql | undefined;
  await database.db.transaction(async (tx) => {
    late = tx;
    await tx.query('select 1');
  });
  await expect(late?.query('select 1')).rejects.toThrow('transaction that has ended');
});

test('transactions return their connections, also when they fail', async () => {
  const small = openDatabase(database.url, { max: 1, onError: () => {} });
  try {
    for (let round = 0; round < 3; round++) {
      await expect(small.transaction((tx) => tx.query('select 1 / 0'))).rejects.toThrow('division by zero');
      await expect(small.transaction(cut)).rejects.toThrow();
      await small.transaction((tx) => tx.query('select 1'));
    }
  } finally {
    await small.close();
  }
});

test('a server that has vanished without a word is given up in time, inside a transaction too, and the pool goes on', async () => {
  const impatient = openDatabase(database.url, { max: 1, answerTimeoutMs: 200, onError: () => {} });
  const begun = performance.now();
  try {
    await expect(impatient.query('select pg_sleep(20)')).rejects.toThrow(DatabaseAway);
    await expect(impatient.transaction((tx) => tx.query('select pg_sleep(20)'))).rejects.toThrow(DatabaseAway);
    await impatient.query('select 1');
    expect(performance.now() - begun).toBeLessThan(10_000);
  } finally {
    await impatient.close();
  }
});

test('an idle connection that breaks is reported and replaced; the process lives', async () => {
  let report: (error: Error) => void = () => {};
  const reported = new Promise<Error>((resolve) => (report = resolve));
  const other = openDatabase(database.url, { max: 1, onError: (error) => report(error) });
  try {
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.db.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    expect((await reported).message).toContain('terminating connection');
    const { rows: again } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    expect(again[0]?.pid).not.toBe(rows[0]?.pid);
  } finally {
    await other.close();
  }
});

test('instants and dates are strings in UTC, whole and decimal numbers are numbers', async () => {
  const { rows } = await database.db.query(
    `select timestamptz '2026-12-01 10:00+01' as instant, timestamptz '1911-06-30 23:59:59.25+05:30' as old,
            date '2026-12-01' as day, 9007199254740991 as big, 4.5::numeric(2, 1) as rating, count(*),
            array[timestamptz '2026-12-01 10:00+01', null] as instants, array[date '2026-12-01'] as days,
            '{}'::bigint[] as none, array[1.5, 2] as numbers, null::timestamptz as never
       from generate_series(1, 3)`,
  );
  expect(rows).toEqual([
    {
      instant: '2026-12-01T09:00:00.000Z',
      old: '1911-06-30T18:29:59.250Z',
      day: '2026-12-01',
      big: 9007199254740991,
      rating: 4.5,
      count: 3,
      instants: ['2026-12-01T09:00:00.000Z', null],
      days: ['2026-12-01'],
      none: [],
      numbers: [1.5, 2],
      never: null,
    },
  ]);
});

test.each(['9007199254740993::bigint', `timestamptz 'infinity'`])(
  'what a value cannot show truly is refused: %s',
  async (expression) => {
    await expect(database.db.query(`select ${expression}`)).rejects.toThrow(RangeError);
  },
);

test('a plain pg pool serves as Sql, with the parsers of its own', async () => {
  const pool = new pg.Pool({ connectionString: database.url });
  const sql: Sql = pool;
  const { rows } = await sql.query<{ at: Date }>(`select timestamptz '2026-12-01 10:00+01' as at`);
  expect(rows[0]?.at).toEqual(new Date('2026-12-01T09:00:00Z'));
  await pool.end();
});

test('a setting that could lose an acknowledged booking is named, with what to do', async () => {
  await database.db.transaction(async (tx) => {
    await tx.query('set local synchronous_commit = on');
    const before = await findDurabilityProblems(tx);
    await tx.query('set local synchronous_commit = off');
    const after = await findDurabilityProblems(tx);
    expect(after.filter((problem) => !before.includes(problem))).toEqual([
      'synchronous_commit is off: a crash can lose bookings that were already confirmed. ' +
        'Set "synchronous_commit = on" in the server\'s configuration.',
    ]);
  });
});
