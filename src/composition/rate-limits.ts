/** The counters of requests: in the Redis of the queue where there is one, so that all processes count together; else in this process. */
import { rateCounters } from '../api/rate-counters.ts';
import { requestCount, type CountRequests, type RequestCount } from '../api/rate-limits.ts';
import { addressOf } from './audit.ts';
import type { Base } from './base.ts';

/** A limit is not worth waiting for. */
const COMMAND_MS = 200;

export async function openRequestCount(base: Base): Promise<RequestCount> {
  return requestCount(base.config.rates, await openCounters(base), addressOf(base));
}

async function openCounters({ config: { rates, redisUrl, roles }, log, onStop }: Base): Promise<CountRequests> {
  if (redisUrl === undefined || !roles.has('api')) return rateCounters(rates);
  const { RedisConnection } = await import('../db/redis.ts');
  const redis = new RedisConnection(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  });
  redis.on('error', (error) => log.warn({ err: error }, 'requests are counted in this process: Redis is away'));
  onStop(() => redis.closeAll());
  return rateCounters(rates, redis);
}
