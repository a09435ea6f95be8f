/** A connection to Redis, and what a queue needs of it: that nothing is evicted, and preferably that it survives a restart. */
import { Redis, type RedisOptions } from 'ioredis';

const CONNECT_MS = 3_000;
const RECONNECT_MAX_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;
/** The first with what BullMQ recommends. */
const VERSION_MIN = [6, 2] as const;

type Patience = Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout' | 'lazyConnect'>;

/** Reconnects for ever, with no more than a second between two attempts. */
export class RedisConnection extends Redis {
  readonly #copies: Redis[] = [];

  constructor(url: string, patience: Patience) {
    super(url, {
      connectTimeout: CONNECT_MS,
      keepAlive: KEEP_ALIVE_MS,
      connectionName: 'tessera',
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MAX_MS),
      ...patience,
    });
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.#copies.push(copy);
    return copy;
  }

  /** Closes it and every copy that somebody made of it, whatever state they are in. */
  closeAll(): void {
    for (const each of [this, ...this.#copies]) each.disconnect();
  }
}

/** `host:port` and database of a redis:// URL: fit for messages. */
export function redisAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return host + (pathname === '/' ? '' : pathname);
}

export interface RedisProblems {
  /** Jobs could be dropped: the hub must not start. */
  readonly refused: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the server's settings. Throws what the connection throws. */
export async function checkRedis(redis: Redis): Promise<RedisProblems> {
  const info = parseInfo(await redis.info());
  const refused: string[] = [];
  const warnings: string[] = [];
  const version = info.get('redis_version') ?? '';
  if (isOlder(version)) refused.push(`it is Redis ${version}, and ${VERSION_MIN.join('.')} or newer is needed`);
  const policy = info.get('maxmemory_policy');
  if (policy !== 'noeviction') {
    refused.push(
      `its maxmemory-policy is ${policy}, and must be noeviction: any other drops jobs when memory runs short. Set it by "CONFIG SET maxmemory-policy noeviction", and in redis.conf, or in the settings of whoever hosts it`,
    );
  }
  if (info.get('aof_enabled') === '0' && (await savePoints(redis)) === '') {
    warnings.push(
      'it keeps nothing on disk: after its restart what was queued is found again in the ledger, but seconds later. Set "appendonly yes"',
    );
  }
  return { refused, warnings };
}

function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).filter((line) => /^[^#].*:/.test(line));
  return new Map(pairs.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]);
}

/** Undefined where CONFIG is not allowed, as on most hosted servers. */
async function savePoints(redis: Redis): Promise<string | undefined> {
  try {
    const answer = await redis.call('CONFIG', 'GET', 'save');
    return Array.isArray(answer) ? String(answer[1]) : undefined;
  } catch {
    return undefined;
  }
}
