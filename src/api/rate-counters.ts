/** Where requests are counted: in this process, or in a Redis for all processes. */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { RATE_NAMES, type RateName, type Rates } from '../domain/index.ts';
import type { Counted, CountRequests } from './rate-limits.ts';

/** `redis`: an ioredis client. While it is away each process counts for itself: a limit must not be why nothing works. */
export function rateCounters(rates: Rates, redis?: unknown): CountRequests {
  const limiters = new Map<RateName, RateLimiterAbstract>(
    RATE_NAMES.map((name) => {
      const { requests: points, seconds: duration } = rates[name];
      const memory = new RateLimiterMemory({ keyPrefix: name, points, duration });
      if (redis === undefined) return [name, memory];
      const options = {
        storeClient: redis,
        keyPrefix: `tessera:rate:${name}`,
        points,
        duration,
        insuranceLimiter: memory,
      };
      return [name, new RateLimiterRedis(options)];
    }),
  );
  return async (name, key, cost) => {
    const { requests } = rates[name];
    try {
      return countedOf(await limiters.get(name)?.consume(key, cost), requests);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return { ...countedOf(refused, requests), isOver: true };
      return countedOf(undefined, requests);
    }
  };
}

const countedOf = (result: RateLimiterRes | undefined, requests: number): Counted => ({
  remaining: Math.max(0, result?.remainingPoints ?? requests),
  resetSeconds: Math.ceil((result?.msBeforeNext ?? 0) / 1000),
  isOver: false,
});
