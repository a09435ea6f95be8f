/** Where everything is kept. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startPresence } from '../connections/presence.ts';
import type { Log } from '../domain/index.ts';
import { openDatabase, type PooledDatabase, type PoolUse } from '../db/database.ts';
import { findDurabilityProblems } from '../db/durability.ts';
import { migrate } from '../db/migrate.ts';
import { openOrganizations } from '../db/organizations.ts';
import { makePartitions, setRetention } from '../db/partitions.ts';
import { openPgBossQueue, preparePgBoss } from '../db/pg-boss-queue.ts';
import type { Queue } from '../db/queue.ts';
import { openRoles, type RoleUrls } from '../db/roles.ts';
import { openIssuer } from '../identity/index.ts';
import { openHubKey } from '../ledger/hub-key.ts';
import { openRootWrapper, type KeyWrapper } from '../ledger/key-wrapper.ts';
import { Keyring } from '../ledger/keyring.ts';
import { readRootKeys } from '../ledger/root-key.ts';
import { createSeal } from '../ledger/seal.ts';
import { KeyRotation } from '../ledger/key-rotation.ts';
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
  const wrapper = await openRootWrapper(() => readRootKeys(config.dataDir, config.rootKey));
  const { migrations, hubKey } = await prepared(databaseUrl, wrapper, config, log);
  if (migrations.length > 0) log.info({ migrations }, 'the database schema was brought up to date');
  const { db, organizations } = openPools({ log, onStop }, await openRoles(databaseUrl, hubKey));
  for (const problem of await findDurabilityProblems(db)) log.error({}, `the database may lose bookings: ${problem}`);

  const seal = createSeal(hubKey);
  const keys = new Keyring(db, wrapper);
  const queue = await openQueue(config, databaseUrl, db, log);
  onStop(() => queue.stop(STOP_GRACE_MS));
  const issuer = await openIssuer(db, seal);
  const presence = await startPresence(db, config.roles.has('worker'), log);
  onStop(() => presence.stop());
  const address = { url: config.publicUrl ?? `http://${config.host}:${config.port}` };
  return {
    db,
    organizations,
    address,
    poolUse: () => sumOf(db.use(), organizations.use()),
    presence,
    queue,
    seal,
    keys,
    rotate: new KeyRotation({ db, keys, wrapper }),
    settlements: new SettlementWatch(db),
    issuer,
  };
}

/** One for what the hub does of itself, and one for what its callers ask for. */
function openPools({ log, onStop }: Pick<Base, 'log' | 'onStop'>, urls: RoleUrls) {
  const onError = (error: Error): void => log.warn({ err: error }, 'an idle database connection broke');
  const db = openDatabase(urls.hub, { max: 14, onError });
  onStop(() => db.close());
  const organizations = openOrganizations(urls.app, { max: 10, onError });
  onStop(() => organizations.close());
  return { db, organizations };
}

const sumOf = (a: PoolUse, b: PoolUse): PoolUse => ({
  total: a.total + b.total,
  idle: a.idle + b.idle,
  waiting: a.waiting + b.waiting,
});

/** As the owner of the tables. A migration takes as long as it takes, and waits for the one of another process. */
async function prepared(url: string, wrapper: KeyWrapper, { retention }: Config, log: Log) {
  const db = openDatabase(url, { max: 1, answerTimeoutMs: 0, onError: () => {} });
  try {
    const migrations = await migrate(db, undefined, {
      onWait: (why) => log.warn({ why }, 'a migration waits, for ten minutes at most'),
    });
    await setRetention(db, retention);
    // Also where the hub was down for longer than they were made ahead. Should others be in the way: rows find a place without, too.
    await makePartitions(db).catch((error: unknown) => log.warn({ err: error }, 'no pieces were made for what comes'));
    return { migrations, hubKey: await openHubKey(db, wrapper) };
  } finally {
    await db.close();
  }
}

async function openQueue(config: Config, owner: string, db: PooledDatabase, log: Log): Promise<Queue> {
  const onError = (error: Error): void => log.warn({ err: error }, 'the queue stumbled');
  if (config.redisUrl === undefined) {
    return openPgBossQueue(db.url, onError).catch(async () => {
      // At the first start its tables are not there, and after an update they may be of another version.
      await preparePgBoss(owner, onError);
      return openPgBossQueue(db.url, onError);
    });
  }
  const { openBullmqQueue } = await import('../db/bullmq-queue.ts');
  const warn = (message: string): void => log.warn({}, message);
  return openBullmqQueue({ redisUrl: config.redisUrl, sql: db, onError, warn });
}
