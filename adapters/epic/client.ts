/** How this adapter talks to a site: FHIR with a bearer token, the Interconnect services with a user. */
import {
  AdapterError,
  FhirRefusal,
  TokenSource,
  fhirClient,
  isRecord,
  type Call,
  type HisReply,
  type PatientAtHis,
  type Refusal,
} from '#adapter-kit';
import { classify, classifyService, refuses, type Answer, type Intent, type Profile } from './classify.ts';
import type { EpicSettings } from './settings.ts';
import { askForToken } from './token.ts';

export type FhirVersion = 'R4' | 'STU3';

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
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly [member: string]: unknown;
}

interface FhirRequest {
  readonly version: FhirVersion;
  /** Below the version's base, or an absolute link of a reply. */
  readonly path: string;
  readonly intent: Intent;
  readonly body?: unknown;
}

const SERVICES = {
  cancel: '2014/PatientAccess/External/CancelAppointment/Scheduling/Cancel',
  patientAppointments: '2013/Scheduling/Patient/GETPATIENTAPPOINTMENTS/GetPatientAppointments',
} as const;

export class EpicClient {
  readonly settings: EpicSettings;
  readonly #tokens: TokenSource;

  constructor(settings: EpicSettings) {
    this.settings = settings;
    this.#tokens = new TokenSource((call) => askForToken(call, settings));
  }

  /** Gets a token, if there is none. Throws AdapterError. */
  async signIn(call: Call): Promise<void> {
    await this.#tokens.get(call);
  }

  /** GET of one resource, or POST of a body. Throws Refused or AdapterError. */
  async fhir(call: Call, request: FhirRequest): Promise<unknown> {
    return this.#refusing(call, request.intent, () =>
      this.#authorised(call, (token) => this.#once(call, request, token)),
    );
  }

  /** A Bundle with results or none. What refuses, even with status 200 and an empty list, is thrown as Refused. */
  async bundle(call: Call, request: FhirRequest): Promise<Bundle> {
    const body = await this.fhir(call, request);
    if (isBundle(body) && !refuses(body)) return body;
    if (isBundle(body) || refuses(body)) throw new Refused(classify(ok(body), request.intent, this.profile(call)));
    throw new AdapterError(
      'protocol',
      'unexpected-resource',
      'expected a FHIR Bundle, got something else with status 200',
    );
  }

  /** Patient.Create answers with a Location and no body. Returns the new id. */
  async createPatient(call: Call, resource: unknown): Promise<string> {
    return this.#refusing(call, 'write', () =>
      this.#authorised(call, async (token) => {
        const reply = await call.fetch(`${this.base('R4')}/Patient`, {
          method: 'POST',
          headers: {
            accept: 'application/fhir+json',
            'content-type': 'application/fhir+json',
            authorization: `Bearer ${token}`,
            ...correlation(call),
          },
          body: JSON.stringify(resource),
          write: true,
        });
        const id = /\/Patient\/([^/]+)/.exec(reply.headers.get('location') ?? '')?.[1];
        if (reply.status === 201 && id !== undefined) return id;
        const refusal = new FhirRefusal({ status: reply.status, headers: reply.headers, body: jsonIn(reply) });
        if (reply.status >= 300) throw refusal;
        throw new Refused({ class: 'unknown', reason: 'no-patient-in-reply' });
      }),
    );
  }

  /** The parsed answer of a service; undefined when it is empty. Throws Refused or AdapterError. */
  async service(call: Call, service: keyof typeof SERVICES, body: unknown, intent: Intent): Promise<unknown> {
    const { interconnect, clientId, baseUrl } = this.settings;
    if (interconnect === undefined) throw new Refused({ class: 'unsupported', reason: 'service-not-licensed' });
    const { user, password, userIdType } = interconnect;
    const send = (): Promise<HisReply> =>
      call.fetch(`${baseUrl}/api/epic/${SERVICES[service]}`, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json; charset=utf-8',
          authorization: `Basic ${Buffer.from(`emp$${user}:${password}`).toString('base64')}`,
          'epic-client-id': clientId,
          'epic-user-id': user,
          'epic-user-idtype': userIdType,
          ...correlation(call),
        },
        body: JSON.stringify(body),
        write: intent !== 'read',
      });
    const first = await send();
    // A 401 was not processed, so that even a write may be sent again.
    const reply = first.status === 401 ? await send() : first;
    const answer: Answer = { status: reply.status, headers: reply.headers, body: jsonIn(reply) };
    if (reply.status >= 300 || saysError(answer.body))
      throw new Refused(classifyService(answer, intent, this.profile(call)));
    if (answer.body === undefined && reply.text.trim() !== '') {
      throw new AdapterError('protocol', 'unreadable-reply', `expected JSON from a service, got ${typeOf(reply)}`);
    }
    return answer.body;
  }

  /** How the services name this patient; undefined when the patient has no id of that type. */
  patientKey(patient: PatientAtHis): { readonly patientId: string; readonly patientIdType: string } | undefined {
    const { interconnect } = this.settings;
    if (interconnect === undefined) return undefined;
    const { patientIdType, patientIdSystem } = interconnect;
    if (patientIdSystem === undefined) return { patientId: patient.externalId, patientIdType };
    const patientId = patient.identifiers.find(({ system }) => system === patientIdSystem)?.value;
    return patientId === undefined ? undefined : { patientId, patientIdType };
  }

  base(version: FhirVersion): string {
    return `${this.settings.baseUrl}/api/FHIR/${version}`;
  }

  profile(call: Call): Profile {
    return { notProcessedStatuses: this.settings.notProcessedStatuses, nowMs: call.now() };
  }

  async #once(call: Call, { version, path, intent, body }: FhirRequest, token: string): Promise<unknown> {
    const write = intent !== 'read';
    const client = fhirClient(onlyJson(call), { baseUrl: this.base(version), bearerToken: token, writes: write });
    const send = (): Promise<unknown> => client.request(path, body === undefined ? {} : { method: 'POST', body });
    try {
      return await send();
    } catch (error) {
      // Seen in production: one of some fifty calls is reset. A read is asked again, once and at once.
      const repeats = !write && error instanceof AdapterError && error.reason === 'connection-lost';
      if (!repeats || call.signal.aborted) throw error;
      return send();
    }
  }

  /** On a 401 the token is renewed, once; a 401 was not processed, so that a write may be sent again. */
  async #authorised<T>(call: Call, send: (token: string) => Promise<T>): Promise<T> {
    const token = (await this.#tokens.get(call)).value;
    try {
      return await send(token);
    } catch (error) {
      if (!isUnauthorised(error)) throw error;
    }
    try {
      return await send((await this.#tokens.renew(call, token)).value);
    } catch (error) {
      if (!isUnauthorised(error)) throw error;
      throw new AdapterError('unauthorised', 'token-refused', 'the site refuses a token that it has just issued');
    }
  }

  async #refusing<T>(call: Call, intent: Intent, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FhirRefusal) throw new Refused(classify(error.reply, intent, this.profile(call)));
      throw error;
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

/** Any FHIR endpoint may answer in XML; on a write that stays what it is, an answer that cannot be read. */
function onlyJson(call: Call): Call {
  return {
    signal: call.signal,
    transactionId: call.transactionId,
    attempt: call.attempt,
    map: (name, input) => call.map(name, input),
    now: () => call.now(),
    log: (message, fields) => call.log(message, fields),
    begin: (request) => call.begin(request),
    fetch: async (url, request) => {
      const reply = await call.fetch(url, request);
      if (request?.write !== true && reply.status < 300 && typeOf(reply).includes('xml')) {
        throw new AdapterError(
          'misconfigured',
          'xml-reply',
          `expected application/fhir+json, got ${typeOf(reply)} although JSON was asked for: something between hub and site drops the Accept header`,
        );
      }
      return reply;
    },
  };
}

const correlation = (call: Call): Record<string, string> => ({
  'x-request-id': call.transactionId,
  'x-correlation-id': call.transactionId,
});

function isUnauthorised(error: unknown): boolean {
  return error instanceof FhirRefusal && error.reply.status === 401;
}

function isBundle(body: unknown): body is Bundle {
  return isRecord(body) && body['resourceType'] === 'Bundle';
}

function saysError(body: unknown): boolean {
  // The services write "" for null.
  const says = (said: unknown): boolean => said !== undefined && said !== null && said !== '';
  return isRecord(body) && (says(body['ExceptionMessage']) || says(body['Error']));
}

export const ok = (body: unknown): Answer => ({ status: 200, headers: new Headers(), body });

const typeOf = (reply: HisReply): string => reply.headers.get('content-type') ?? 'no content type';

function jsonIn(reply: HisReply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}
