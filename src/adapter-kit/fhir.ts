/** fhir-kit-client, speaking through the call's own fetch: so that FHIR calls too are recorded, capped and bound to their origin. */
import { Client } from 'fhir-kit-client';
import { AdapterError, type Call } from './call.ts';
import type { HisReply } from './his-fetch.ts';

export interface FhirReply {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined when it is empty. */
  readonly body: unknown;
}

/** A FHIR answer with a status of 400 and above. The adapter's table says what it means. */
export class FhirRefusal extends Error {
  readonly reply: FhirReply;
  constructor(reply: FhirReply) {
    super(`HTTP ${reply.status}`);
    this.name = 'FhirRefusal';
    this.reply = reply;
  }
}

export interface FhirOptions {
  readonly baseUrl: string;
  readonly bearerToken: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** True for clients that change something: every POST, PUT, PATCH and DELETE then counts as a write. */
  readonly writes?: boolean;
}

/**
 * A FHIR client for one call. Its methods resolve with the parsed resource, reject with FhirRefusal (the HIS answered with an
 * error status) or AdapterError (no readable answer).
 */
export function fhirClient(call: Call, options: FhirOptions): Client {
  const client = new Client({ baseUrl: options.baseUrl, bearerToken: options.bearerToken });
  client.httpClient.request = async (method, path, requestOptions = {}, body) => {
    const reply = await call.fetch(client.httpClient.expandUrl(path), {
      method: method as 'GET',
      headers: {
        accept: 'application/fhir+json',
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        authorization: `Bearer ${options.bearerToken}`,
        'x-request-id': call.transactionId,
        'x-correlation-id': call.transactionId,
        ...options.headers,
        ...requestOptions.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      write: (options.writes ?? false) && method !== 'GET',
    });
    const fhirReply = { status: reply.status, headers: reply.headers, body: parseFhirJson(reply) };
    if (reply.status >= 300) throw new FhirRefusal(fhirReply);
    return (fhirReply.body ?? {}) as { resourceType: string };
  };
  return client;
}

/** Parses a FHIR JSON body. An error page or XML is not an answer: AdapterError `protocol`, naming what came. */
export function parseFhirJson(reply: HisReply): unknown {
  if (reply.text.trim() === '') return undefined;
  try {
    return JSON.parse(reply.text);
  } catch (cause) {
    // An error status keeps its meaning even with an unreadable page behind it.
    if (reply.status >= 400) return undefined;
    const type = reply.headers.get('content-type') ?? 'no content type';
    throw new AdapterError(
      'protocol',
      'unreadable-reply',
      `expected FHIR JSON, got ${type} with status ${reply.status}`,
      { cause },
    );
  }
}
