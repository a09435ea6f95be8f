/** What the hub asks of a Redis before it trusts it with its queue. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { openBullmqQueue } from '../../src/db/bullmq-queue.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Queue } from '../../src/db/queue.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/queues.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());

const cleanUps: (() => Promise<void>)[] = [];
async function stopAll(): Promise<void> {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
}
afterEach(stopAll);

/** Opens a queue on a Redis with these settings; resolves to its warnings. */
async function openOn(redisUrl: string): Promise<string[]> {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const queue = await openBullmqQueue({ redisUrl, sql: database.db, onError: () => {}, warn });
  cleanUps.push(() => queue.stop(0));
  return warnings;
}

async function start(settings: Readonly<Record<string, string>>): Promise<TestRedis> {
  const redis = await startRedis(settings);
  if (!redis) throw new Error('there was a Redis a moment ago');
  cleanUps.push(() => redis.stop());
  return redis;
}

const probe = await startRedis();
await probe?.stop();
const onOwnServer = probe?.server ? test : test.skip;

onOwnServer('a Redis that evicts is refused, with what to do', async () => {
  const redis = await start({ 'maxmemory-policy': 'allkeys-lru' });
  const { host } = new URL(redis.url);
  await expect(openOn(redis.url)).rejects.toThrow(
    `Redis at ${host} cannot be the queue: its maxmemory-policy is allkeys-lru, and must be noeviction`,
  );
  await expect(openOn(redis.url)).rejects.toThrow('"CONFIG SET maxmemory-policy noeviction"');
});

onOwnServer('a Redis that keeps nothing on disk is warned about; one that does is not', async () => {
  const forgetful = await start({});
  expect(await openOn(forgetful.url)).toEqual([expect.stringContaining('it keeps nothing on disk')]);
  const appending = await start({ appendonly: 'yes' });
  expect(await openOn(appending.url)).toEqual([]);
  const snapshots = await start({ save: '3600 1' });
  const warnings = await openOn(snapshots.url);
  await stopAll();
  // Nor is there a word about the end of the connection that the hub closes itself.
  expect(warnings).toEqual([]);
});

onOwnServer('credentials that are refused end the start, without being told', async () => {
  const redis = await start({ requirepass: 'right' });
  const withPassword = (password: string): string => redis.url.replace('//', `//:${password}@`);
  await expect(openOn(redis.url)).rejects.toThrow('refuses the credentials of REDIS_URL');
  const failed = await openOn(withPassword('CANARY')).catch(String);
  expect(failed).toContain('refuses the credentials of REDIS_URL');
  expect(failed).not.toContain('CANARY');
  expect(await openOn(withPassword('right'))).toHaveLength(1);
});

onOwnServer('a Redis whose settings may not be read is asked for what it tells everybody', async () => {
  const redis = await start({});
  await redis.command('ACL', 'SETUSER', 'hub', 'on', '>secret', '~*', '&*', '+@all', '-config');
  expect(await openOn(redis.url.replace('//', '//hub:secret@'))).toEqual([]);
});

onOwnServer('a Redis that falls silent just as a hub starts is in use as soon as it speaks again', async () => {
  const redis = await start({});
  const client = new Redis(redis.url);
  await client.ping();
  cleanUps.push(() => Promise.resolve(client.disconnect()));
  const open = async (warn: () => void): Promise<Queue> => {
    const queue = await openBullmqQueue({ redisUrl: redis.url, sql: database.db, onError: () => {}, warn });
    cleanUps.push(() => queue.stop(0));
    return queue;
  };
  const ran: string[] = [];
  const worker = await open(() => {});
  worker.work((id) => Promise.resolve(void ran.push(id)), 4);
  // Warned about its settings, which is the last question before it is used; longer than a command may take.
  const api = await open(() => void client.call('CLIENT', 'PAUSE', '3000', 'ALL'));
  await client.ping();
  const wake = { transactionId: randomUUID(), dueAt: new Date().toISOString() };
  await database.db.transaction((tx) => api.send(tx, wake));
  await until('the job ran', () => ran.length > 0);
});

test('a Redis that cannot be reached is warned about, and ends no start', async () => {
  expect(await openOn('redis://127.0.0.1:1')).toEqual([
    'Redis at 127.0.0.1:1 cannot be reached (connect ECONNREFUSED 127.0.0.1:1): bookings go on, but start seconds later',
  ]);
});

test("the hub's database needs no more than its owner's rights to tell which hub it is", async () => {
  const { db } = database;
  const role = `plain_${randomUUID().replaceAll('-', '')}`;
  await db.query(`create role ${role} login password 'plain'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'plain'];
  const plain = openDatabase(url.href, { onError: () => {} });
  cleanUps.push(async () => {
    await plain.close();
    await db.query(`drop role ${role}`);
  });
  const warnings: string[] = [];
  const queue = await openBullmqQueue({
    redisUrl: 'redis://127.0.0.1:1',
    sql: plain,
    onError: () => {},
    warn: (message) => void warnings.push(message),
  });
  await queue.stop(0);
  // It came as far as its Redis.
  expect(warnings).toHaveLength(1);
});
