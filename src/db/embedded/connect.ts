import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { SUPERUSER, type Cluster } from './cluster.ts';

/** Recovery after a crash replays what was written since the last checkpoint, at most a gigabyte. */
const READY_MS = 60_000;

export function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/**
 * Returns when the server answers a query and the database exists. `failure` tells why the server ended, as soon as it did.
 * Throws that, or the last error when the server does not answer in time.
 */
export async function ensureDatabase(
  cluster: Cluster,
  port: number,
  database: string,
  failure: () => string | undefined = () => undefined,
): Promise<void> {
  for (const deadline = Date.now() + READY_MS; ; await pause(20)) {
    const reason = failure();
    if (reason !== undefined) throw new ServerEnded(reason);
    const client = new pg.Client({ connectionString: urlOf(cluster, port, 'postgres') });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      continue;
    }
    try {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
      if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
      return;
    } finally {
      await client.end();
    }
  }
}

/** The server ended by itself while it was starting; the message is what it wrote. */
export class ServerEnded extends Error {}
