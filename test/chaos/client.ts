/** A client as the API asks for: it keeps its idempotency key, and asks again until it is answered. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCanary } from './canaries.ts';
import type { CallerRole, Cluster } from './cluster.ts';
import type { Journal } from './story.ts';

export interface Reply {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

export interface Asking {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly role?: CallerRole;
  /** Which of the API processes is asked first; the next ones in turn. */
  readonly api?: number;
}

/** An answer that says: again. 409 says so with the problem idempotency-in-progress only. */
const AGAIN = new Set([502, 503, 504]);
const TRY_MS = 15_000;

export class Client {
  readonly #cluster: Cluster;
  readonly #journal: Journal;

  constructor(cluster: Cluster, journal: Journal) {
    this.#cluster = cluster;
    this.#journal = journal;
  }

  /** The definitive answer. Throws when there was none within `withinMs`. */
  async ask(asking: Asking, withinMs = 60_000): Promise<Reply> {
    const deadline = Date.now() + withinMs;
    for (let tries = asking.api ?? 0; ; tries += 1) {
      const reply = await this.#once(asking, tries);
      if (reply && !isAgain(reply)) {
        this.#judge(asking, reply);
        return reply;
      }
      if (Date.now() > deadline) throw new Error(`${asking.method} ${asking.path}: no answer within ${withinMs} ms`);
      await delay(50);
    }
  }

  /** One try; undefined when there was no whole answer. */
  async #once(asking: Asking, tries: number): Promise<Reply | undefined> {
    const url = this.#cluster.apiUrl(tries);
    if (url === undefined) return undefined;
    try {
      const response = await fetch(url + asking.path, {
        method: asking.method,
        headers: {
          authorization: `Bearer ${this.#cluster.sandbox.tokens[asking.role ?? 'app']}`,
          ...(asking.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...asking.headers,
        },
        ...(asking.body === undefined ? {} : { body: JSON.stringify(asking.body) }),
        signal: AbortSignal.timeout(TRY_MS),
      });
      const text = await response.text();
      const body: unknown = text === '' ? {} : JSON.parse(text);
      return { status: response.status, etag: response.headers.get('etag'), body };
    } catch {
      return undefined;
    }
  }

  #judge({ method, path }: Asking, { status, body }: Reply): void {
    this.#journal.operations += 1;
    if (status < 400) return;
    if (hasCanary(JSON.stringify(body))) this.#journal.leaks += 1;
    if (status >= 500) this.#journal.unexpected.push(`${method} ${path.replace(/[0-9a-f-]{36}/, '{id}')}: ${status}`);
  }
}

function isAgain({ status, body }: Reply): boolean {
  if (AGAIN.has(status)) return true;
  return status === 409 && problemOf(body) === 'idempotency-in-progress';
}

/** The last part of a problem's type. */
export function problemOf(body: unknown): string {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : '';
  return typeof type === 'string' ? (type.split('/').at(-1) ?? '') : '';
}

export const newKey = (): string => randomUUID();
