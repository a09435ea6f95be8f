/** How this adapter talks to Template HIS. Everything goes through `call.fetch`: recorded, capped, bound to its origin. */
import { AdapterError, type Call, type HisReply, type Refusal } from '#adapter-kit';
import { classify, codeIn, type Answer } from './classify.ts';
import type { TemplateSettings } from './settings.ts';

/** An answer that is not what was asked for, with its meaning. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`${refusal.class}: ${refusal.reason}`);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Of the appointment, where the HIS wants to know which one is meant. */
  readonly version?: number;
}

export class TemplateClient {
  readonly #settings: TemplateSettings;

  constructor(settings: TemplateSettings) {
    this.#settings = settings;
  }

  /** The parsed body of a good answer. Throws Refused, or AdapterError where there is no readable answer. */
  async send(call: Call, { method = 'GET', path, body, version }: Request): Promise<unknown> {
    const write = method !== 'GET';
    const reply = await call.fetch(`${this.#settings.baseUrl}/${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'x-api-key': this.#settings.apiKey,
        'x-request-id': call.transactionId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      write,
    });
    const answer: Answer = { status: reply.status, headers: reply.headers, body: parsed(reply) };
    // A good status proves nothing by itself: the body may hold an error.
    if (reply.status >= 300 || codeIn(answer.body) !== undefined)
      throw new Refused(classify(answer, write, call.now()));
    return answer.body;
  }
}

function parsed(reply: HisReply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch (cause) {
    // An error status keeps its meaning even with an unreadable page behind it.
    if (reply.status >= 300) return undefined;
    throw new AdapterError(
      'protocol',
      'unreadable-reply',
      `expected JSON, got something else with status ${reply.status}`,
      {
        cause,
      },
    );
  }
}

/** What a refused read is thrown as, where there is no outcome to return. */
export function asError(error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  const { class: kind, reason, vendorCode = 'nothing' } = error.refusal;
  const said = `the HIS answered ${vendorCode} (${reason})`;
  if (kind === 'auth') return new AdapterError('unauthorised', reason, said);
  if (kind === 'transient' || kind === 'throttled') return new AdapterError('unavailable', reason, said);
  return new AdapterError('protocol', reason, said);
}
