import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { rateCounters } from '../../src/api/rate-counters.ts';
import { RedisConnection } from '../../src/db/redis.ts';
import { DEFAULT_RATES } from '../../src/domain/index.ts';
import { startRedis } from '../support/redis.ts';

const redis = await startRedis();
afterAll(() => redis?.stop());
const withRedis = redis ? test : test.skip;
const withServer = redis?.server ? test : test.skip;

const connect = (): RedisConnection => {
  const connection = new RedisConnection(redis?.url ?? '', {
    enableOfflineQueue: true,
    maxRetriesPerRequest: 0,
    // Longer than this process may have to wait for its turn: what comes too late is counted twice.
    commandTimeout: 3_000,
  });
  connection.on('error', () => {});
  return connection;
};
const rates = { ...DEFAULT_RATES, client: { requests: 10, seconds: 60 } };

withRedis('two processes on one Redis count together', async () => {
  const connections = [connect(), connect()];
  const counters = connections.map((each) => rateCounters(rates, each));
  const key = randomUUID();
  const rounds = Array.from({ length: 10 }, () => counters.map((count) => count('client', key, 1))).flat();
  const counted = await Promise.all(rounds);
  expect(counted.filter((each) => each.isOver).length).toBe(10);
  expect(Math.min(...counted.map((each) => each.remaining))).toBe(0);
  for (const each of connections) each.closeAll();
});

withServer('while Redis is away each process counts for itself', async () => {
  const connection = connect();
  const count = rateCounters(rates, connection);
  const key = randomUUID();
  await count('client', key, 4);
  await redis?.server?.kill();
  const without = await count('client', key, 4);
  expect(without).toMatchObject({ isOver: false, remaining: 6 });
  expect(await count('client', key, 7)).toMatchObject({ isOver: true });
  await redis?.server?.start();
  connection.closeAll();
});
