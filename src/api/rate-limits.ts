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
  const limits = { rates, count, addressOf };
  return (operationId, request, response) => new LimitedRequest(limits, operationId, request, response);
}

interface Limits {
  readonly rates: Rates;
  readonly count: CountRequests;
  readonly addressOf: (request: IncomingMessage) => string;
}

/** What is counted, and by which key. */
type Wanted = readonly [RateName, string];

class LimitedRequest implements CountedRequest {
  readonly #limits: Limits;
  readonly #operationId: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(limits: Limits, operationId: string, request: IncomingMessage, response: ServerResponse) {
    this.#limits = limits;
    this.#operationId = operationId;
    this.#request = request;
    this.#response = response;
  }

  async identified(identified: Promise<Caller>): Promise<Caller> {
    const caller = await this.#known(identified);
    const client = `${caller.organizationId} ${caller.clientId}`;
    const route = COSTLY.has(this.#operationId) ? 'costly' : 'route';
    await this.#check(1, [
      ['organization', caller.organizationId],
      ['client', client],
      [route, `${client} ${this.#operationId}`],
    ]);
    return caller;
  }

  async withoutToken(): Promise<void> {
    if (GIVES_TOKENS.has(this.#operationId)) await this.#checkAddress(1);
  }

  async refused(): Promise<void> {
    await this.#checkAddress(WRONG_SECRET_COST - 1);
  }

  async #known(identified: Promise<Caller>): Promise<Caller> {
    try {
      return await identified;
    } catch (error) {
      if (error instanceof HubError && error.code === 'unauthenticated') await this.#checkAddress(1);
      throw error;
    }
  }

  #checkAddress(cost: number): Promise<void> {
    return this.#check(cost, [['address', this.#limits.addressOf(this.#request)]]);
  }

  async #check(cost: number, wanted: readonly Wanted[]): Promise<void> {
    const { rates, count } = this.#limits;
    const counted = await Promise.all(
      wanted.map(async ([name, key]) => ({ name, counted: await count(name, key, cost) })),
    );
    let policies = '';
    let limits = '';
    const over: Over[] = [];
    for (const {
      name,
      counted: { remaining, resetSeconds, isOver },
    } of counted) {
      const rate = rates[name];
      const comma = limits === '' ? '' : ', ';
      policies += `${comma}"${name}";q=${rate.requests};w=${rate.seconds}`;
      limits += `${comma}"${name}";r=${remaining};t=${resetSeconds}`;
      if (isOver) over.push({ name, ...rate, resetSeconds });
    }
    this.#response.setHeader('RateLimit-Policy', policies);
    this.#response.setHeader('RateLimit', limits);
    if (over.length > 0) throw exceeded(over);
  }
}

interface Over extends Rate {
  readonly name: RateName;
  readonly resetSeconds: number;
}

function exceeded(over: readonly Over[]): HubError {
  const retryAfterSeconds = Math.max(1, ...over.map(({ resetSeconds }) => resetSeconds));
  const told = over.map(({ name, requests, seconds }) => `${requests} in ${seconds} s for each ${WORDS[name]}`);
  return new HubError('quota-exceeded', `There may be ${told.join(', and ')}. Wait ${retryAfterSeconds} s.`, {
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
