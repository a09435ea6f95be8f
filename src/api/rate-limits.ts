/**
 * How much one caller may ask for: three limits at once, for its organization, for itself, and for itself on one operation; who has no
 * token yet is counted by address. Source: draft-ietf-httpapi-ratelimit-headers-10 (the fields), RFC 6585 section 4 (429).
 */
import type { ServerResponse } from 'node:http';
import { HubError, type Caller, type RateName, type Rates } from '../domain/index.ts';

export interface Counted {
  /** So many are left in the window. */
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly isOver: boolean;
}

/** Counts `cost` requests under a key, in all processes that share the counters. Must not fail: without counters, all may pass. */
export type CountRequests = (rate: RateName, key: string, cost: number) => Promise<Counted>;

/** Asks for work of seconds, or for what is not to be taken in quantity. */
export const COSTLY: ReadonlySet<string> = new Set([
  'checkConnection',
  'reconcileConnection',
  'tryMapping',
  'dryRunMapping',
  'diffMapping',
  'readMappingCoverage',
  'publishMappingVersion',
  'createReplayPlan',
  'testWebhook',
  'recoverWebhook',
  'replayMissingWebhook',
]);

/** Asked for all the time by those who watch over the hub. */
const UNCOUNTED: ReadonlySet<string> = new Set(['livez', 'readyz', 'readMetrics']);
/** Of an attempt to get a token that failed: guessing is what this one limits. */
const FAILURE_COST = 10;

export interface RateLimits {
  /** Before the work. Errors: quota-exceeded. */
  admit(response: ServerResponse, operationId: string, caller: Caller | string): Promise<void>;
  /** After a refusal for the credentials: so that guessing ends sooner. Errors: quota-exceeded, instead of the refusal. */
  failed(response: ServerResponse, address: string): Promise<void>;
}

export function rateLimits(rates: Rates, count: CountRequests): RateLimits {
  const check = async (
    response: ServerResponse,
    wanted: readonly (readonly [RateName, string])[],
    cost = 1,
  ): Promise<void> => {
    const counted = await Promise.all(
      wanted.map(async ([name, key]) => ({ name, ...rates[name], ...(await count(name, key, cost)) })),
    );
    response.setHeader(
      'RateLimit-Policy',
      counted.map(({ name, requests, seconds }) => `"${name}";q=${requests};w=${seconds}`).join(', '),
    );
    response.setHeader(
      'RateLimit',
      counted.map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`).join(', '),
    );
    const over = counted.filter(({ isOver }) => isOver);
    if (over.length === 0) return;
    const retryAfterSeconds = Math.max(1, ...over.map(({ resetSeconds }) => resetSeconds));
    const told = over.map(({ name, requests, seconds }) => `${requests} in ${seconds} s for each ${WORDS[name]}`);
    throw new HubError('quota-exceeded', `There may be ${told.join(', and ')}. Wait ${retryAfterSeconds} s.`, {
      retryAfterSeconds,
      members: { 'violated-policies': over.map(({ name }) => name) },
    });
  };
  return {
    async admit(response, operationId, caller) {
      if (UNCOUNTED.has(operationId)) return;
      if (typeof caller === 'string') return check(response, [['address', caller]]);
      const { organizationId, clientId } = caller;
      const client = `${organizationId} ${clientId}`;
      await check(response, [
        ['organization', organizationId],
        ['client', client],
        [COSTLY.has(operationId) ? 'costly' : 'route', `${client} ${operationId}`],
      ]);
    },
    failed: (response, address) => check(response, [['address', address]], FAILURE_COST - 1),
  };
}

const WORDS: Readonly<Record<RateName, string>> = {
  organization: 'organization',
  client: 'client',
  route: 'client on one operation',
  costly: 'client on one operation of this kind',
  address: 'address without a token',
};
