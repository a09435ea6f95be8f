/** The counters of requests: in the Redis of the queue where there is one, so that all processes count together; else in this process. */
import { rateCounters } from '../api/rate-counters.ts';
import { requestCount, type CountRequests, type RequestCount } from '../api/rate-limits.ts';
import { RedisConnection } from '../db/redis.ts';
import { addressOf } from './audit.ts';
import type { Base } from './base.ts';

/** A limit is not worth waiting for. */
const COMMAND_MS = 200;

export function openRequestCount(base: Base): RequestCount {
  return requestCount(base.config.rates, openCounters(base), addressOf(base));
}

function openCounters({ config: { rates, redisUrl, roles }, log, onStop }: Base): CountRequests {
  if (redisUrl === undefined || !roles.has('api')) return rateCounters(rates);
  const redis = new RedisConnection(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  });
  redis.on('error', (error) => log.warn({ err: error }, 'requests are counted in this process: Redis is away'));
  onStop(() => redis.closeAll());
  return rateCounters(rates, redis);
}
