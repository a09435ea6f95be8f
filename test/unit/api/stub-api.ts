/** The API over real HTTP, with handlers that answer with what reached them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { loadContracts } from '../../../src/contracts.ts';
import { createApi, type ApiOptions, type RecordedRequest } from '../../../src/api/server.ts';
import type { ApiRequest, Handler, Handlers } from '../../../src/api/operation.ts';
import { readOperations } from '../../../src/api/operations.ts';
import { HubError, ROLES, type Caller } from '../../../src/domain/index.ts';

export const contracts = loadContracts('contracts');
export const operations = readOperations(contracts.openapi);

export const A_UUID = '5b0c1f0e-8f5e-4c8a-9d59-0d1f4f7f6a10';

/** `Bearer app` is a token of role app, and so on. */
export async function authenticate(authorization: string | undefined): Promise<Caller> {
  const role = ROLES.find((each) => authorization === `Bearer ${each}`);
  if (!role) throw new HubError('unauthenticated', 'Send a token.');
  const who = { ...(role === 'patient' && { patientId: 'a' }), ...(role === 'provider' && { providerId: 'a' }) };
  return { organizationId: 'organization-1', clientId: `client-${role}`, role, ...who };
}

const echo = async (request: ApiRequest<unknown>): Promise<{ status: number; body: unknown }> => {
  const { operationId, params, query, body, transactionId } = request;
  return { status: 200, body: { operationId, params, query, body, transactionId } };
};

export const echoHandlers: Handlers = Object.fromEntries(operations.map((each) => [each.operationId, echo as Handler]));

export type Content = string | Uint8Array<ArrayBuffer>;

export interface StubApi {
  readonly origin: string;
  readonly port: number;
  readonly recorded: RecordedRequest[];
  readonly logged: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[];
  /** Sends with the token of an admin, unless headers say otherwise; `json` is sent as the body. */
  send(
    method: string,
    path: string,
    more?: { json?: unknown; body?: Content; headers?: Record<string, string> },
  ): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, for JSON and problems. */
  readonly body: Body;
}

export interface Body {
  readonly type?: string;
  readonly detail?: string;
  readonly transactionId?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly [member: string]: unknown;
}

export async function startStubApi(options: Partial<ApiOptions> = {}): Promise<StubApi> {
  const recorded: RecordedRequest[] = [];
  const logged: StubApi['logged'] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    logged.push({ fields, message });
  };
  const app = createApi({
    contracts,
    handlers: echoHandlers,
    authenticate,
    isAtLocations: async () => true,
    addressOf: () => '192.0.2.7',
    recordRequest: (request) => recorded.push(request),
    log: { debug: log, info: log, warn: log, error: log },
    isUnavailable: () => false,
    now: () => new Date(),
    ...options,
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    port: address.port,
    recorded,
    logged,
    async send(method, path, { json, body, headers = {} } = {}) {
      const content = json === undefined ? body : JSON.stringify(json);
      const response = await fetch(origin + path, {
        method,
        headers: {
          authorization: 'Bearer admin',
          ...(content !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(content !== undefined && { body: content }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      const parsed: Body = isJson && text !== '' ? asBody(JSON.parse(text)) : {};
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const asBody = (value: unknown): Body => (value !== null && typeof value === 'object' ? { ...value } : {});

/** The code at the end of a problem's type. */
export const codeOf = (answer: Answer): string | undefined => answer.body.type?.split('/').at(-1);

export const pointersOf = (answer: Answer): string[] => (answer.body.errors ?? []).map((each) => each.pointer);
