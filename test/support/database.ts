import { randomUUID } from 'node:crypto';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { withDatabase } from './test-server.ts';

export interface TestDatabase {
  readonly db: Database;
  /** For a second pool, or a process of its own. */
  readonly url: string;
  /** Closes `db` and deletes the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** A database of its own with the whole schema and no rows; takes about 30 ms. Call `drop` in afterAll. */
export function createTestDatabase(): Promise<TestDatabase> {
  // Copying files is quicker than writing each page to the WAL, and the template has no writer.
  return create(`template ${environment('TESSERA_TEST_TEMPLATE')} strategy file_copy`);
}

/** A database without tables, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template template0');
}

async function create(from: string): Promise<TestDatabase> {
  const adminUrl = environment('TESSERA_TEST_ADMIN_URL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await run(adminUrl, `create database ${name} ${from}`);
  const url = withDatabase(adminUrl, name);
  const db = openDatabase(url, { onError: report });
  return {
    db,
    url,
    async drop() {
      await db.close();
      await run(adminUrl, `drop database ${name} with (force)`);
    },
  };
}

async function run(url: string, statement: string): Promise<void> {
  const db = openDatabase(url, { max: 1, onError: report });
  try {
    await db.query(statement);
  } finally {
    await db.close();
  }
}

function report(error: Error): void {
  console.error(`test database: ${error.message}`);
}

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run the tests by "npm run jest", whose set-up starts a server`);
  return value;
}
