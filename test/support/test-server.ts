import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase, type PooledDatabase } from '../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts';
import { migrate } from '../../src/db/migrate.ts';

/** One database server for a whole run, with a migrated database that each test file copies. */
export interface TestServer {
  /** A database from which others are created. */
  readonly adminUrl: string;
  readonly template: string;
  stop(): Promise<void>;
}

/**
 * TEST_DATABASE_URL names a server of your own (its user must be allowed to create databases); else an embedded one is
 * started, in a directory of its own, so that runs side by side and leftovers of killed runs do not meet.
 */
export async function startTestServer(): Promise<TestServer> {
  const own = process.env['TEST_DATABASE_URL'];
  const server = own ? { url: own, stop: () => Promise.resolve() } : await startEphemeral();
  const template = `tessera_template_${randomUUID().replaceAll('-', '')}`;
  const admin = open(server.url);
  try {
    await admin.query(`create database ${template}`);
    const db = open(withDatabase(server.url, template));
    try {
      await migrate(db);
    } finally {
      await db.close();
    }
  } catch (error) {
    await admin.close();
    await server.stop();
    throw error;
  }
  return {
    adminUrl: server.url,
    template,
    async stop() {
      await admin.query(`drop database ${template} with (force)`);
      await admin.close();
      await server.stop();
    },
  };
}

/** The URL of another database of the same server. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function startEphemeral(): Promise<{ url: string; stop(): Promise<void> }> {
  const lines: string[] = [];
  try {
    const dataDir = path.join(tmpdir(), `tessera-test-${randomUUID()}`);
    return await startEmbeddedPostgres({ dataDir, database: 'test', ephemeral: true, log: (line) => lines.push(line) });
  } catch (error) {
    throw new Error(`no database for the tests; the server wrote: ${lines.join('\n')}`, { cause: error });
  }
}

function open(url: string): PooledDatabase {
  return openDatabase(url, { max: 1, onError: (error) => console.error(`test database: ${error.message}`) });
}
