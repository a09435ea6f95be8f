/** A request as its handler sees it. */
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../domain/index.ts';
import { readRaw } from './body.ts';
import type { ApiRequest } from './operation.ts';
import type { Trace } from './trace.ts';

/** Of one shape, with its accessors on the prototype: one is made for every request. */
export class BoundRequest implements ApiRequest {
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
  query: ApiRequest['query'] = NOTHING;
  body: unknown = undefined;
  readonly #request: IncomingMessage;
  readonly #trace: Trace;
  readonly #addressOf: (request: IncomingMessage) => string;

  constructor(
    operationId: string,
    request: IncomingMessage,
    params: Readonly<Record<string, string>>,
    trace: Trace,
    addressOf: (request: IncomingMessage) => string,
  ) {
    this.operationId = operationId;
    this.params = params;
    this.#request = request;
    this.#trace = trace;
    this.#addressOf = addressOf;
  }

  get caller(): Caller {
    if (!this.#trace.caller) throw new Error(`${this.operationId} needs no token, so it has no caller`);
    return this.#trace.caller;
  }

  get transactionId(): string {
    return this.#trace.transactionId;
  }

  get address(): string {
    return this.#addressOf(this.#request);
  }

  get isLocal(): boolean {
    return isLocal(this.#request);
  }

  get signal(): AbortSignal {
    return this.#trace.signal;
  }

  readRaw(bytesMax: number): Promise<Uint8Array> {
    return readRaw(this.#request, bytesMax);
  }

  header(name: string): string | undefined {
    return headerOf(this.#request, name);
  }
}

const NOTHING: ApiRequest['query'] = {};

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

const LOCAL_NAME = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * A proxy on this machine calls from it, too: it says for whom (RFC 7239, and what came before). So does a browser that was led
 * here by another name.
 */
const isLocal = ({ socket, headers }: IncomingMessage): boolean =>
  LOOPBACK.test(socket.remoteAddress ?? '') &&
  LOCAL_NAME.test(headers.host ?? '') &&
  ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].every((name) => headers[name] === undefined);
