/** The database of this installation as its owner, for commands that need no hub. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { lockDataDirectory } from '../db/data-directory.ts';
import { openDatabase, type PooledDatabase } from '../db/database.ts';

/** `otherwise`: what to do while a hub runs on the embedded database. */
export async function withDatabaseOf<T>(
  config: Config,
  otherwise: string,
  work: (db: PooledDatabase) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== undefined) return withDatabase(config.databaseUrl, work);
  const release = lockedFor(config, otherwise);
  try {
    const { startEmbeddedPostgres } = await import('../db/embedded/index.ts');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(config.dataDir, 'postgres'),
      database: 'tessera',
      log: () => {},
      supervision: { ended: () => {}, lost: () => {} },
    });
    try {
      return await withDatabase(postgres.url, work);
    } finally {
      await postgres.stop();
    }
  } finally {
    release();
  }
}

function lockedFor({ dataDir }: Config, otherwise: string): () => void {
  try {
    return lockDataDirectory(dataDir);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new Error(`${why}; or ${otherwise}`, { cause });
  }
}

async function withDatabase<T>(url: string, work: (db: PooledDatabase) => Promise<T>): Promise<T> {
  const db = openDatabase(url, { max: 1, answerTimeoutMs: 0, onError: () => {} });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
