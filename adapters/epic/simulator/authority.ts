/**
 * The token endpoint (SMART Backend Services) and the check of what comes with each request.
 * Source: fhir.epic.com "OAuth 2.0 / backend applications"; every refusal of an assertion has the same answer, without a description.
 */
import { randomBytes } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { SimulatedHis, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import type { ContractWatch } from './contract-watch.ts';
import type { Credentials } from './credentials.ts';
import { json } from './reply.ts';

const TOKEN_SECONDS = 3600;
const ASSERTION_SECONDS_MAX = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SCOPE =
  'Appointment.read Appointment.search Appointment.$find Appointment.$book Patient.read Patient.search Patient.create Practitioner.search PractitionerRole.search Location.search';

export const INVALID_CLIENT: VendorAnswer = json(400, { error: 'invalid_client', error_description: null });

export class Authority {
  readonly #his: SimulatedHis;
  readonly #watch: ContractWatch;
  readonly #credentials: Credentials;
  /** Token to the time it expires; ms. */
  readonly #tokens = new Map<string, number>();
  readonly #usedAssertions = new Map<string, number>();

  constructor(his: SimulatedHis, watch: ContractWatch, credentials: Credentials) {
    this.#his = his;
    this.#watch = watch;
    this.#credentials = credentials;
  }

  async token(request: VendorRequest): Promise<VendorAnswer> {
    const form = new URLSearchParams(request.body);
    const wellFormed =
      form.get('grant_type') === 'client_credentials' && form.get('client_assertion_type') === ASSERTION_TYPE;
    const wrong = wellFormed
      ? await this.#wrongIn(form.get('client_assertion') ?? '', request)
      : 'grant_type or client_assertion_type';
    if (wrong !== undefined) return this.#refusal(wrong);
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, Date.now() + TOKEN_SECONDS * 1000);
    const scope = this.#his.quirks.on('E7') ? SCOPE : (form.get('scope') ?? '');
    return json(200, { access_token: token, token_type: 'bearer', expires_in: TOKEN_SECONDS, scope });
  }

  bearerIsValid(request: VendorRequest): boolean {
    return (this.#tokens.get(bearerOf(request)) ?? 0) > Date.now();
  }

  expire(request: VendorRequest): void {
    this.#tokens.delete(bearerOf(request));
  }

  basicIsValid(request: VendorRequest): boolean {
    const { interconnectUser, interconnectPassword, clientId } = this.#credentials;
    const expected = Buffer.from(`emp$${interconnectUser}:${interconnectPassword}`).toString('base64');
    return request.headers['authorization'] === `Basic ${expected}` && request.headers['epic-client-id'] === clientId;
  }

  /** Quirk E6. */
  #refusal(wrong: string): VendorAnswer {
    const form = this.#his.quirks.value('E6');
    if (form === false) return json(400, { error: 'invalid_client', error_description: wrong });
    return form === '401' ? { ...INVALID_CLIENT, status: 401 } : INVALID_CLIENT;
  }

  /** What is wrong with an assertion; undefined: nothing. */
  async #wrongIn(assertion: string, request: VendorRequest): Promise<string | undefined> {
    const { clientId, keyId, publicKey } = this.#credentials;
    const nowMs = this.#his.now();
    try {
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
        algorithms: ['RS384'],
        typ: 'JWT',
        issuer: clientId,
        subject: clientId,
        audience: request.url.href,
        requiredClaims: ['exp', 'jti'],
        currentDate: new Date(nowMs),
      });
      if (protectedHeader.kid !== keyId) return 'kid';
      return this.#wrongInClaims(payload, request, nowMs / 1000) ?? this.#wrongToday();
    } catch (error) {
      return error instanceof errors.JOSEError ? error.message : 'client_assertion';
    }
  }

  #wrongInClaims({ exp = 0, jti = '', iat }: JWTPayload, request: VendorRequest, seconds: number): string | undefined {
    // Whose clock is right is not the client's business: too long is what is too long by both.
    if (exp - Math.max(seconds, Date.now() / 1000) > ASSERTION_SECONDS_MAX) this.#watch.assertionTooLong(request);
    for (const [used, until] of this.#usedAssertions) if (until < seconds) this.#usedAssertions.delete(used);
    if (this.#usedAssertions.has(jti)) {
      this.#watch.assertionReused(request);
      return 'jti';
    }
    if (exp - seconds > ASSERTION_SECONDS_MAX) return 'exp';
    if (iat !== undefined && (iat > seconds + 1 || exp - iat > ASSERTION_SECONDS_MAX)) return 'iat';
    if (jti === '' || jti.length > 151) return 'jti';
    this.#usedAssertions.set(jti, exp);
    return undefined;
  }

  /** A key that is not synchronised yet, up to twelve hours; or one refusal for no reason that anybody could name. */
  #wrongToday(): string | undefined {
    const form = this.#his.quirks.value('E6');
    if (form === 'unsynchronised') return 'client not synchronised';
    return form === 'once' && this.#his.quirks.isFirst('E6') ? 'client not synchronised' : undefined;
  }
}

function bearerOf(request: VendorRequest): string {
  return (request.headers['authorization'] ?? '').replace(/^Bearer /, '');
}
