/** One question and its answer: the request made from its template, the answer judged by the profile. */
import {
  AdapterError,
  XmlRefused,
  decodeXml,
  encodeXml,
  isRecord,
  parseXml,
  type Call,
  type HisReply,
  type Refusal,
  type XmlValue,
} from '#adapter-kit';
import { ofFault, ofResult, ofStatus, type HttpFacts } from './outcome.ts';
import type { Operation } from './profile.ts';
import type { XmlSettings } from './settings.ts';
import { SOAP_NAMESPACES, faultIn, soapHeaders, usernameToken } from './soap.ts';
import type { Values } from './template.ts';
import { valuesAt } from './xml-path.ts';

export type Answer =
  { readonly kind: 'done'; readonly result: XmlValue } | { readonly kind: 'refused'; readonly refusal: Refusal };

export class XmlClient {
  readonly settings: XmlSettings;

  constructor(settings: XmlSettings) {
    this.settings = settings;
  }

  /** The operation, which every profile must have: throws AdapterError misconfigured where this one has not. */
  operation(name: string): Operation {
    const operation = this.settings.profile.operation(name);
    if (operation !== undefined) return operation;
    throw new AdapterError(
      'misconfigured',
      'operation-missing',
      `the profile ${this.settings.profile.profile} has no operation "${name}"`,
    );
  }

  /**
   * Asks. Refused credentials were not let in, so that even a write is sent once more, with a fresh token; a second refusal throws
   * AdapterError unauthorised. Throws AdapterError protocol when the answer is none that can be read.
   */
  async ask(call: Call, operation: Operation, input: Values): Promise<Answer> {
    const first = await this.#once(call, operation, input);
    if (!isAuth(first) || call.signal.aborted) return first;
    const second = await this.#once(call, operation, input);
    if (!isAuth(second)) return second;
    const { reason, vendorCode } = second.refusal;
    throw new AdapterError(
      'unauthorised',
      reason,
      `${this.settings.endpoint} refused the credentials of this connection twice (${vendorCode ?? reason}): check user, password and the clock`,
    );
  }

  async #once(call: Call, operation: Operation, input: Values): Promise<Answer> {
    const { profile, username, password, values } = this.settings;
    const { authentication } = profile;
    const token = usernameToken(authentication, username, password, call.now());
    const site = { ...values, username };
    const root = { ...input, site, secret: { password }, token, transactionId: call.transactionId };
    const named = operation.values === undefined ? {} : call.map(operation.values, { ...input, site });
    let body: string;
    try {
      body = operation.body.render({ ...root, values: named });
    } catch (error) {
      // Of a value that XML cannot carry, nothing has been sent.
      if (error instanceof XmlRefused)
        return { kind: 'refused', refusal: { class: 'invalid', reason: 'illegal-character' } };
      throw error;
    }
    const basic =
      authentication === 'basic'
        ? { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
        : {};
    const reply = await call.fetch(`${this.settings.endpoint}${operation.url.render({ ...root, values: named })}`, {
      method: 'POST',
      headers: {
        ...this.#mediaHeaders(operation),
        ...basic,
        'x-request-id': call.transactionId,
        'x-correlation-id': call.transactionId,
      },
      body,
      write: operation.write ?? false,
      secrets: [password, encodeXml(password, 'text'), encodeXml(password, 'attribute'), token.password],
    });
    return this.#judge(call, operation, reply);
  }

  #mediaHeaders(operation: Operation): Readonly<Record<string, string>> {
    const { transport } = this.settings.profile;
    if (transport.kind === 'soap') return soapHeaders(transport.version, operation.action ?? '');
    return { 'content-type': 'application/xml; charset=utf-8', accept: 'application/xml, text/xml' };
  }

  #judge(call: Call, operation: Operation, reply: HisReply): Answer {
    const { profile, notProcessedStatuses } = this.settings;
    const http: HttpFacts = {
      status: reply.status,
      headers: reply.headers,
      write: operation.write ?? false,
      notProcessedStatuses,
      nowMs: call.now(),
    };
    const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });
    const page = pageIn(reply);
    if (page === 'login') return refused({ class: 'auth', reason: 'login-page', vendorCode: `http-${reply.status}` });
    const read =
      page === undefined
        ? this.#read(operation, reply)
        : unreadable('html-page', 'expected XML, got a page for people');
    if (read.kind === 'fault') return refused(ofFault(read.fault, profile, http));
    if (read.kind === 'unreadable') {
      if (reply.status >= 300) return refused(ofStatus(http));
      throw new AdapterError(
        'protocol',
        read.reason,
        `${operation.name}: ${read.message} (status ${reply.status}, ${reply.headers.get('content-type') ?? 'no content type'})`,
      );
    }
    const refusal = ofResult(read.result, profile, operation, http);
    return refusal === undefined ? { kind: 'done', result: read.result } : refused(refusal);
  }

  #read(operation: Operation, reply: HisReply): Read {
    const { profile } = this.settings;
    const { transport } = profile;
    if (reply.bytes.byteLength === 0) return unreadable('empty-reply', 'expected XML, got nothing');
    const isSoap = transport.kind === 'soap';
    const shape = {
      namespaces: { ...profile.namespaces, ...(isSoap ? { s: Object.values(SOAP_NAMESPACES) } : {}) },
      names: profile.names ?? 'qualified',
      lists: profile.lists ?? [],
    } as const;
    try {
      const { text } = decodeXml(reply.bytes, reply.headers.get('content-type') ?? '', profile.charset);
      const document = parseXml(text, shape);
      const fault = isSoap ? faultIn(text, profile.outcome.faultDetail ?? []) : undefined;
      if (fault !== undefined) return { kind: 'fault', fault };
      const body = shape.names === 'local' ? 'Envelope/Body' : 's:Envelope/s:Body';
      const [result] = valuesAt(document, isSoap ? `${body}/${operation.result}` : operation.result);
      if (result === undefined)
        return unreadable('unexpected-document', `expected ${operation.result}, got another document`);
      if (operation.inner === undefined) return { kind: 'result', result };
      // A document inside a text is as little trusted as the one around it.
      const [inner] = valuesAt(result, operation.inner);
      if (typeof inner !== 'string')
        return unreadable('unexpected-document', `expected a document in ${operation.inner}`);
      const [value] = Object.values(parseXml(inner.trim(), shape));
      return { kind: 'result', result: value ?? null };
    } catch (error) {
      if (error instanceof XmlRefused)
        return unreadable(error.reason === 'malformed' ? 'unreadable-reply' : `reply-${error.reason}`, error.message);
      throw error;
    }
  }
}

type Read =
  | { readonly kind: 'result'; readonly result: XmlValue }
  | { readonly kind: 'fault'; readonly fault: { readonly codes: readonly string[] } }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly message: string };

const unreadable = (reason: string, message: string): Read & { kind: 'unreadable' } => ({
  kind: 'unreadable',
  reason,
  message,
});

const isAuth = (answer: Answer): answer is Answer & { kind: 'refused' } =>
  answer.kind === 'refused' && answer.refusal.class === 'auth';

/** A page for people instead of an answer: of a login (the session is over, nothing was processed), or of something else. */
function pageIn(reply: HisReply): 'login' | 'other' | undefined {
  const begin = reply.text.slice(0, 20_000);
  const isPage = /^\s*(?:<!--[^]{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b/i.test(begin);
  if (!isPage) return undefined;
  const asksForUser = /<form\b/i.test(begin) && /log[\s-]?(?:in|on)|sign[\s-]?in|password/i.test(begin);
  return asksForUser && reply.status < 400 ? 'login' : 'other';
}

/** What a refused read is thrown as, where there is no outcome to return. */
export function asError({ class: kind, reason, vendorCode }: Refusal): AdapterError {
  const said = `the HIS answered ${vendorCode ?? kind} (${reason})`;
  if (kind === 'auth') return new AdapterError('unauthorised', reason, said);
  if (kind === 'transient' || kind === 'throttled' || kind === 'unknown')
    return new AdapterError('unavailable', reason, said);
  if (kind === 'uncategorised') return new AdapterError('protocol', reason, said);
  return new AdapterError('misconfigured', reason, said);
}

/** The mapping of a result without rows. */
export function mapped(call: Call, operation: Operation, input: Values): Values {
  const value = operation.mapping === undefined ? {} : call.map(operation.mapping, input);
  return isRecord(value) ? value : {};
}
