/**
 * How much one caller may ask for: three limits at once, for its organization, for itself, and for itself on one operation; who wants
 * a token, or has a bad one, is counted by address. Source: draft-ietf-httpapi-ratelimit-headers-10 (the fields), RFC 6585 section 4 (429).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError, type Caller, type Rate, type RateName, type Rates } from '../domain/index.ts';

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
  'readProviderDay',
  'tryMapping',
  'dryRunMapping',
  'diffMapping',
  'readMappingCoverage',
  'publishMappingVersion',
  'createReplayPlan',
  'testWebhook',
  'recoverWebhook',
  'replayMissingWebhook',
  'exportAudit',
  'exportPatient',
]);

/** Operations without a token that give one: here somebody could guess. */
const GIVES_TOKENS: ReadonlySet<string> = new Set(['issueToken']);
/** Of a secret that was wrong: guessing is what this one limits. Nobody guesses a signed token; who tries is only counted. */
const WRONG_SECRET_COST = 10;

/** One request, counted where what it is counted by becomes known. Each may throw quota-exceeded, before a byte of the body is read. */
export interface CountedRequest {
  /** `caller`: being identified. Throws what that throws. */
  identified(caller: Promise<Caller>): Promise<Caller>;
  withoutToken(): Promise<void>;
  /** Its credentials were refused by the handler. */
  refused(): Promise<void>;
}
export type RequestCount = (operationId: string, request: IncomingMessage, response: ServerResponse) => CountedRequest;

/** `addressOf`: who it is that has no token. */
export function requestCount(
  rates: Rates,
  count: CountRequests,
  addressOf: (request: IncomingMessage) => string,
): RequestCount {
  return (operationId, request, response) => {
    const check = async (cost: number, ...wanted: (readonly [RateName, string])[]): Promise<void> => {
      const counted = await Promise.all(
        wanted.map(async ([name, key]) => ({ name, ...rates[name], ...(await count(name, key, cost)) })),
      );
      tell(response, counted);
      refuse(counted.filter(({ isOver }) => isOver));
    };
    const address = (cost: number): Promise<void> => check(cost, ['address', addressOf(request)]);
    return {
      async identified(identified) {
        const caller = await identified.catch(async (error: unknown) => {
          if (error instanceof HubError && error.code === 'unauthenticated') await address(1);
          throw error;
        });
        const client = `${caller.organizationId} ${caller.clientId}`;
        const route = COSTLY.has(operationId) ? 'costly' : 'route';
        await check(
          1,
          ['organization', caller.organizationId],
          ['client', client],
          [route, `${client} ${operationId}`],
        );
        return caller;
      },
      async withoutToken() {
        if (GIVES_TOKENS.has(operationId)) await address(1);
      },
      refused: () => address(WRONG_SECRET_COST - 1),
    };
  };
}

interface CountedRate extends Counted, Rate {
  readonly name: RateName;
}

function tell(response: ServerResponse, counted: readonly CountedRate[]): void {
  const list = (told: (each: CountedRate) => string): string => counted.map(told).join(', ');
  response.setHeader(
    'RateLimit-Policy',
    list(({ name, requests, seconds }) => `"${name}";q=${requests};w=${seconds}`),
  );
  response.setHeader(
    'RateLimit',
    list(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`),
  );
}

function refuse(over: readonly CountedRate[]): void {
  if (over.length === 0) return;
  const retryAfterSeconds = Math.max(1, ...over.map(({ resetSeconds }) => resetSeconds));
  const told = over.map(({ name, requests, seconds }) => `${requests} in ${seconds} s for each ${WORDS[name]}`);
  throw new HubError('quota-exceeded', `There may be ${told.join(', and ')}. Wait ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
    members: { 'violated-policies': over.map(({ name }) => name) },
  });
}

const WORDS: Readonly<Record<RateName, string>> = {
  organization: 'organization',
  client: 'client',
  route: 'client on one operation',
  costly: 'client on one operation of this kind',
  address: 'address without a token',
};
