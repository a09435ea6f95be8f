/** What the API binder hands to a handler, and gets back. One handler per operationId of contracts/openapi.yaml. */
import type { Caller } from '../domain/index.ts';

/** A request that has passed authentication, role check and validation: `params`, `query` and `body` fit the contract. */
export interface ApiRequest<Body = unknown, Query = Readonly<Record<string, unknown>>> {
  readonly operationId: string;
  readonly caller: Caller;
  /** X-Transaction-Id: the caller's if it was a UUID, else a new UUIDv7. */
  readonly transactionId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Of an operation with `x-raw-body`: the bytes as they came. Errors: payload-too-large, unsupported-media-type. */
  readRaw(bytesMax: number): Promise<Uint8Array>;
  header(name: string): string | undefined;
  /** The caller's IP address, as far as proxies are trusted. */
  readonly address: string;
  /** From this machine itself, and not handed on by a proxy. */
  readonly isLocal: boolean;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

export interface ApiReply {
  readonly status: number;
  /** Absent: no content. Sent as JSON; a string whose Content-Type is a text is sent as it is. */
  readonly body?: unknown;
  /** JSON already: sent as it is, instead of `body`. */
  readonly json?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent piece by piece instead of `body`, for as long as it goes on and its reader keeps up. */
  readonly stream?: AsyncIterable<string>;
}

// A handler declares the body and query that its operation's contract guarantees.
export type Handler<Body = never, Query = never> = (request: ApiRequest<Body, Query>) => Promise<ApiReply>;
export type Handlers = Readonly<Record<string, Handler>>;
