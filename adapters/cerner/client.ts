/** How this adapter talks to a domain: FHIR R4 with a system token. */
import {
  AdapterError,
  FhirRefusal,
  TokenSource,
  fhirClient,
  isRecord,
  type Call,
  type HisReply,
  type Refusal,
} from '#adapter-kit';
import { classify, type Intent, type Profile } from './classify.ts';
import type { CernerSettings } from './settings.ts';
import { askForToken, type SystemToken } from './token.ts';

/** An answer that is not what was asked for, with its meaning. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`${refusal.class}: ${refusal.reason}`);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

export interface Bundle {
  readonly resourceType: 'Bundle';
  readonly [member: string]: unknown;
}

interface Reply {
  readonly headers: Headers;
  /** An object without members when the body is empty. */
  readonly body: unknown;
}

interface Request {
  /** Below the base, or an absolute link of a reply. */
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A write is not sent with a token that lacks this. */
  readonly scope?: string;
}

export interface Created {
  readonly id: string;
  /** Undefined where the answer does not say. */
  readonly version: string | undefined;
}

type Writable = 'Appointment' | 'Patient' | 'Slot';

export class CernerClient {
  readonly settings: CernerSettings;
  readonly #tokens: TokenSource<SystemToken>;

  constructor(settings: CernerSettings) {
    this.settings = settings;
    this.#tokens = new TokenSource((call) => askForToken(settings, call));
  }

  /** One resource by its id. Throws Refused or AdapterError. */
  async read(call: Call, type: string, id: string): Promise<unknown> {
    const { body } = await this.#send(call, 'read', { path: `${type}/${encodeURIComponent(id)}` });
    if (isRecord(body) && body['resourceType'] === type) return body;
    throw unexpected(type);
  }

  /** A page of results; `path` as in `read`, or a link of the page before. Throws Refused or AdapterError. */
  async bundle(call: Call, path: string): Promise<Bundle> {
    const { body } = await this.#send(call, 'read', { path });
    if (isBundle(body)) return body;
    throw unexpected('Bundle');
  }

  /** A create answers 201 with a Location and no body: the id is in the Location. Throws Refused or AdapterError. */
  async create(call: Call, type: Writable, resource: unknown): Promise<Created> {
    const { headers } = await this.#send(call, 'write', {
      path: type,
      method: 'POST',
      body: resource,
      scope: writeScope(type),
    });
    const id = new RegExp(`/${type}/([^/?#]+)`).exec(headers.get('location') ?? '')?.[1];
    // Neither a page with status 200 nor an OperationOutcome is a proof that something was made, or that nothing was.
    if (id === undefined) throw new Refused({ class: 'unknown', reason: 'no-location-in-reply' });
    return { id: decodeURIComponent(id), version: versionIn(headers) };
  }

  /** Changes what is at `version`; answers with the new version. Throws Refused or AdapterError. */
  async patch(call: Call, type: Writable, id: string, version: string, operations: unknown): Promise<string> {
    const { headers, body } = await this.#send(call, 'write', {
      path: `${type}/${encodeURIComponent(id)}`,
      method: 'PATCH',
      // The version as it came: those of video visits (`2-1`) and slots (`410v79`) cannot be counted.
      headers: { 'content-type': 'application/json-patch+json', 'if-match': `W/"${version}"` },
      body: operations,
      scope: writeScope(type),
    });
    const changed = versionIn(headers);
    const refuses = isRecord(body) && body['resourceType'] === 'OperationOutcome';
    if (changed === undefined || refuses) throw new Refused({ class: 'unknown', reason: 'no-version-in-reply' });
    return changed;
  }

  /** Throws AdapterError when the client is refused. Returns the scopes that are missing. */
  async signIn(call: Call): Promise<ReadonlySet<string>> {
    return (await this.#tokens.get(call)).missingScopes;
  }

  profile(call: Call): Profile {
    return { notProcessedStatuses: this.settings.notProcessedStatuses, nowMs: call.now() };
  }

  async #send(call: Call, intent: Intent, request: Request): Promise<Reply> {
    try {
      return await this.#authorised(call, request, (token) => this.#once(call, intent, request, token));
    } catch (error) {
      if (error instanceof FhirRefusal) throw new Refused(classify(error.reply, intent, this.profile(call)));
      throw error;
    }
  }

  async #once(
    call: Call,
    intent: Intent,
    { path, method = 'GET', headers, body }: Request,
    token: string,
  ): Promise<Reply> {
    let seen: HisReply | undefined;
    const client = fhirClient(
      // fhir-kit-client gives the body only; Location and ETag are half of what is said here.
      { ...call, fetch: async (url, options) => (seen = await call.fetch(url, options)) },
      { baseUrl: this.settings.baseUrl, bearerToken: token, writes: intent === 'write' },
    );
    const send = (): Promise<unknown> =>
      client.request(path, {
        method,
        options: { headers: { ...headers } },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    try {
      const parsed = await send();
      return { headers: seen?.headers ?? new Headers(), body: parsed };
    } catch (error) {
      // A read whose connection was cut is asked again, once and at once; a write never.
      const repeats = intent === 'read' && error instanceof AdapterError && error.reason === 'connection-lost';
      if (!repeats || call.signal.aborted) throw error;
      const parsed = await send();
      return { headers: seen?.headers ?? new Headers(), body: parsed };
    }
  }

  /** On a 401 the token is renewed, once: a token ends in the middle of things, and a 401 was not processed. */
  async #authorised<T>(call: Call, { scope }: Request, send: (token: string) => Promise<T>): Promise<T> {
    const token = await this.#tokens.get(call);
    if (scope !== undefined && token.missingScopes.has(scope)) {
      // Whoever grants it does not wait for the end of a token that is known to be too small.
      this.#tokens.forget(token.value);
      throw new AdapterError(
        'unauthorised',
        'scope-missing',
        `the token does not grant ${scope}, so nothing was sent: have the scope granted to client ${this.settings.clientId}`,
      );
    }
    try {
      return await send(token.value);
    } catch (error) {
      if (!isUnauthorised(error)) throw error;
    }
    try {
      return await send((await this.#tokens.renew(call, token.value)).value);
    } catch (error) {
      if (!isUnauthorised(error)) throw error;
      throw new AdapterError('unauthorised', 'token-refused', 'the domain refuses a token that it has just issued');
    }
  }
}

/** The meaning of a failure of which it is certain that nothing was written. Configuration and credentials are the caller's. */
export function failedBeforeWriting(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof AdapterError && (error.kind === 'unavailable' || error.kind === 'protocol')) {
    return { class: 'transient', reason: error.reason };
  }
  throw error;
}

const writeScope = (type: Writable): string => `system/${type}.write`;

const versionIn = (headers: Headers): string | undefined => /"([^"]+)"/.exec(headers.get('etag') ?? '')?.[1];

function isUnauthorised(error: unknown): boolean {
  return error instanceof FhirRefusal && error.reply.status === 401;
}

function isBundle(body: unknown): body is Bundle {
  return isRecord(body) && body['resourceType'] === 'Bundle';
}

const unexpected = (expected: string): AdapterError =>
  new AdapterError(
    'protocol',
    'unexpected-resource',
    `expected a FHIR ${expected}, got something else with status 200`,
  );
