/** Where everything is kept. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startPresence } from '../connections/presence.ts';
import type { Log } from '../domain/index.ts';
import { openDatabase, type Database } from '../db/database.ts';
import { findDurabilityProblems } from '../db/durability.ts';
import { migrate } from '../db/migrate.ts';
import { openPgBossQueue } from '../db/pg-boss-queue.ts';
import type { Queue } from '../db/queue.ts';
import { openIssuer } from '../identity/index.ts';
import { openRootKey } from '../ledger/root-key.ts';
import { createSeal } from '../ledger/seal.ts';
import { SettlementWatch } from '../ledger/settlement-watch.ts';
import { type Base, type Store, STOP_GRACE_MS } from './base.ts';

/** The database (embedded, or the one that DATABASE_URL names), the queue, and the keys. */
export async function openStore({ config, log, onStop, fail }: Base): Promise<Store> {
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    const { startEmbeddedPostgres } = await import('../db/embedded/index.ts');
    const postgres = await startEmbeddedPostgres({
      dataDir: join(config.dataDir, 'postgres'),
      database: 'tessera',
      log: (line) => log.debug({}, line),
      supervision: {
        ended: () => log.error({}, 'the embedded database has ended by itself; it is started again'),
        lost: (error) => {
          log.error({ err: error }, 'the embedded database cannot be started again: the hub ends');
          fail();
        },
      },
    });
    onStop(() => postgres.stop());
    databaseUrl = postgres.url;
  }
  const db = openDatabase(databaseUrl, {
    max: 20,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  onStop(() => db.close());
  const migrations = await migrated(databaseUrl);
  if (migrations.length > 0) log.info({ migrations }, 'the database schema was brought up to date');
  for (const problem of await findDurabilityProblems(db)) log.error({}, `the database may lose bookings: ${problem}`);

  const seal = createSeal(await openRootKey(config.dataDir, config.rootKey));
  const queue = await openQueue(config, db, log);
  onStop(() => queue.stop(STOP_GRACE_MS));
  const issuer = await openIssuer(db, seal);
  const presence = await startPresence(db, config.roles.has('worker'), log);
  onStop(() => presence.stop());
  const address = { url: config.publicUrl ?? `http://${config.host}:${config.port}` };
  return { db, address, poolUse: () => db.use(), presence, queue, seal, settlements: new SettlementWatch(db), issuer };
}

/** A migration takes as long as it takes, and waits for the one of another process. */
async function migrated(url: string): Promise<readonly number[]> {
  const db = openDatabase(url, { max: 1, answerTimeoutMs: 0, onError: () => {} });
  try {
    return await migrate(db);
  } finally {
    await db.close();
  }
}

async function openQueue(config: Config, db: Database, log: Log): Promise<Queue> {
  const onError = (error: Error): void => log.warn({ err: error }, 'the queue stumbled');
  if (config.redisUrl === undefined) return openPgBossQueue(db.url, onError);
  const { openBullmqQueue } = await import('../db/bullmq-queue.ts');
  const warn = (message: string): void => log.warn({}, message);
  return openBullmqQueue({ redisUrl: config.redisUrl, sql: db, onError, warn });
}
