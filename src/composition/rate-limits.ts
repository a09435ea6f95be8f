/** The counters of requests: in the Redis of the queue where there is one, so that all processes count together; else in this process. */
import { rateCounters } from '../api/rate-counters.ts';
import { rateLimits, type RateLimits } from '../api/rate-limits.ts';
import { RedisConnection } from '../db/redis.ts';
import type { Base } from './base.ts';

/** A limit is not worth waiting for. */
const COMMAND_MS = 200;

export function openRateLimits({ config: { rates, redisUrl, roles }, log, onStop }: Base): RateLimits {
  if (redisUrl === undefined || !roles.has('api')) return rateLimits(rates, rateCounters(rates));
  const redis = new RedisConnection(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  });
  redis.on('error', (error) => log.warn({ err: error }, 'requests are counted in this process: Redis is away'));
  onStop(() => redis.closeAll());
  return rateLimits(rates, rateCounters(rates, redis));
}
