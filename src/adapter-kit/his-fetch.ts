/**
 * The only way for an adapter to reach a HIS over HTTP: recorded, size-capped, never redirected, credentials bound to one origin.
 * It knows when the bytes of a write have left, which is what separates "not executed" from "unknown".
 */
import { AdapterError } from './adapter-error.ts';

export interface HisRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** True when the HIS changes something by this request. */
  readonly write?: boolean;
  /** True when the bodies are credentials (a token request): they are not recorded. */
  readonly credentials?: boolean;
}

export interface HisReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The body as UTF-8. */
  readonly text: string;
}

export type HisFetch = (url: string | URL, request?: HisRequest) => Promise<HisReply>;

/** One request and what came of it; sealed into the ledger with the attempt's result. Headers carry no credentials. */
export interface Exchange {
  readonly at: string;
  readonly durationMs: number;
  readonly method: string;
  readonly url: string;
  readonly write: boolean;
  readonly requestBody: string | null;
  readonly status: number | null;
  readonly responseBody: string | null;
  /** Why there was no answer, e.g. `ECONNRESET`; null when there was one. */
  readonly failure: string | null;
}

export interface FetchLimits {
  /** The only origins (scheme, host, port) that may be called. */
  readonly origins: readonly string[];
  readonly responseBytesMax: number;
  readonly signal: AbortSignal;
}

/** Failures of these kinds happen before a byte of the request is written. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const RECORDED_BODY_CHARS = 65_536;

export class HisRecorder {
  readonly exchanges: Exchange[] = [];
  /** True from the moment the bytes of a write may have left. */
  writeSent = false;
  readonly #limits: FetchLimits;

  constructor(limits: FetchLimits) {
    this.#limits = limits;
  }

  readonly fetch: HisFetch = async (target, request = {}) => {
    const url = new URL(target);
    if (!this.#limits.origins.includes(url.origin)) {
      throw new AdapterError(
        'misconfigured',
        'foreign-origin',
        `${url.origin} is not an origin of this connection (${this.#limits.origins.join(', ')}): refused, so that no credential leaves for it`,
      );
    }
    const startedAt = Date.now();
    const record = (status: number | null, responseBody: string | null, failure: string | null): void => {
      this.exchanges.push({
        at: new Date(startedAt).toISOString(),
        durationMs: Date.now() - startedAt,
        method: request.method ?? 'GET',
        url: url.href,
        write: request.write ?? false,
        requestBody: request.credentials ? null : (request.body?.slice(0, RECORDED_BODY_CHARS) ?? null),
        status,
        responseBody: request.credentials ? null : (responseBody?.slice(0, RECORDED_BODY_CHARS) ?? null),
        failure,
      });
    };
    if (this.#limits.signal.aborted)
      throw new AdapterError('unavailable', 'deadline', 'the deadline passed before sending');
    const sentBefore = this.writeSent;
    if (request.write) this.writeSent = true;
    try {
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers: request.headers ?? {},
        body: request.body ?? null,
        redirect: 'manual',
        signal: this.#limits.signal,
      });
      const bytes = await readCapped(response, this.#limits.responseBytesMax);
      const text = new TextDecoder().decode(bytes);
      record(response.status, text, null);
      return { status: response.status, headers: response.headers, bytes, text };
    } catch (error) {
      const code = failureCode(error);
      record(null, null, code);
      if (error instanceof AdapterError) throw error;
      if (NEVER_SENT.has(code)) {
        this.writeSent = sentBefore;
        throw new AdapterError('unavailable', 'not-reached', `the HIS at ${url.origin} was not reached (${code})`, {
          cause: error,
        });
      }
      const reason = this.#limits.signal.aborted ? 'deadline' : 'connection-lost';
      throw new AdapterError('protocol', reason, `no answer from ${url.origin} (${code})`, { cause: error });
    }
  };
}

async function readCapped(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | [] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > bytesMax) {
      throw new AdapterError('protocol', 'reply-too-large', `the reply is larger than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failureCode(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each instanceof AdapterError) return each.reason;
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.name === 'AbortError' || each.name === 'TimeoutError') return 'ABORTED';
  }
  return 'UNKNOWN';
}
