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
  /** Credentials that stand inside a body with other things: masked in what is recorded of request and response. */
  readonly secrets?: readonly string[];
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

/** A request over another transport than HTTP. */
export interface WireRequest {
  /** What stands for the method in the ledger, e.g. `MLLP`. */
  readonly method: string;
  /** Scheme, host and port, e.g. `mllp://his.example:2575`. */
  readonly url: string;
  /** True when the HIS changes something by this request. */
  readonly write: boolean;
  readonly body: string;
}

/** The transport says what happens, in this order: `sending`, then `answered` or `failed`; the latter also alone. */
export interface WireExchange {
  /**
   * Right before the first byte leaves: from here on a write may have been executed. Throws AdapterError `unavailable` when the
   * deadline has passed: nothing may leave then.
   */
  sending(): void;
  answered(body: string): void;
  /** Why there was no answer, e.g. `ECONNRESET`. */
  failed(failure: string): void;
}

/** Throws AdapterError `misconfigured` for a host and port that the connection's config does not name. */
export type BeginExchange = (request: WireRequest) => WireExchange;

export interface FetchLimits {
  /** The only origins (scheme, host, port) that may be called. */
  readonly origins: readonly string[];
  readonly responseBytesMax: number;
  readonly signal: AbortSignal;
  /**
   * True when nothing may be sent any more. Asked right before the bytes of a write leave: of a process that stood still, the
   * answer to an earlier request may be heard before the timer that aborts `signal`.
   */
  readonly isOver?: () => boolean;
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
  #underWay = 0;
  readonly #limits: FetchLimits;

  constructor(limits: FetchLimits) {
    this.#limits = limits;
  }

  /** A request has begun, and neither been answered nor failed. */
  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  readonly fetch: HisFetch = async (target, request = {}) => {
    const url = new URL(target);
    this.#refuseForeign(url);
    const startedAt = Date.now();
    const record = (status: number | null, responseBody: string | null, failure: string | null): void => {
      this.#underWay -= 1;
      this.exchanges.push({
        at: new Date(startedAt).toISOString(),
        durationMs: Date.now() - startedAt,
        method: request.method ?? 'GET',
        url: url.href,
        write: request.write ?? false,
        requestBody: recordable(request, request.body),
        status,
        responseBody: recordable(request, responseBody),
        failure,
      });
    };
    this.#refuseLate();
    const sentBefore = this.writeSent;
    if (request.write) this.writeSent = true;
    this.#underWay += 1;
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

  /** For transports other than HTTP: the same record, origins and knowledge of what has left. */
  readonly begin: BeginExchange = ({ method, url: target, write, body }) => {
    const url = new URL(target);
    this.#refuseForeign(url);
    const startedAt = Date.now();
    let isUnderWay = true;
    this.#underWay += 1;
    const record = (responseBody: string | null, failure: string | null): void => {
      if (isUnderWay) this.#underWay -= 1;
      isUnderWay = false;
      this.exchanges.push({
        at: new Date(startedAt).toISOString(),
        durationMs: Date.now() - startedAt,
        method,
        url: url.href,
        write,
        requestBody: body.slice(0, RECORDED_BODY_CHARS),
        status: null,
        responseBody: responseBody?.slice(0, RECORDED_BODY_CHARS) ?? null,
        failure,
      });
    };
    return {
      sending: () => {
        this.#refuseLate();
        if (write) this.writeSent = true;
      },
      answered: (answer) => record(answer, null),
      failed: (failure) => record(null, failure),
    };
  };

  #refuseLate(): void {
    const { signal, isOver } = this.#limits;
    if (signal.aborted || isOver?.()) {
      throw new AdapterError('unavailable', 'deadline', 'the deadline passed before sending');
    }
  }

  #refuseForeign(url: URL): void {
    const origin = originOf(url);
    if (this.#limits.origins.includes(origin)) return;
    throw new AdapterError(
      'misconfigured',
      'foreign-origin',
      `${origin} is not an origin of this connection (${this.#limits.origins.join(', ')}): refused, so that no credential leaves for it`,
    );
  }
}

/** Scheme, host and port; the standard's own word for it knows no other schemes than HTTP's. */
export function originOf(url: URL): string {
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;
}

function recordable({ credentials = false, secrets = [] }: HisRequest, body: string | null | undefined): string | null {
  if (credentials || body === null || body === undefined) return null;
  const masked = secrets.reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(secret, '[credential]')),
    body,
  );
  return masked.slice(0, RECORDED_BODY_CHARS);
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
