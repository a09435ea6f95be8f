/**
 * The token endpoint (SMART Backend Services) and the check of what comes with each request.
 * Source: fhir.epic.com "OAuth 2.0 / backend applications"; every refusal of an assertion has the same answer, without a description.
 */
import { randomBytes } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import type { Credentials } from './credentials.ts';
import { json } from './reply.ts';

const TOKEN_SECONDS = 3600;
const ASSERTION_SECONDS_MAX = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SCOPE =
  'Appointment.read Appointment.search Appointment.$find Appointment.$book Patient.read Patient.search Patient.create Practitioner.search PractitionerRole.search Location.search';

export const INVALID_CLIENT: VendorAnswer = json(400, { error: 'invalid_client', error_description: null });

export class Authority {
  readonly #credentials: Credentials;
  /** Token to the time it expires; ms. */
  readonly #tokens = new Map<string, number>();
  readonly #usedAssertions = new Map<string, number>();

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  async token(request: VendorRequest): Promise<VendorAnswer> {
    const form = new URLSearchParams(request.body);
    const wellFormed =
      form.get('grant_type') === 'client_credentials' && form.get('client_assertion_type') === ASSERTION_TYPE;
    if (!wellFormed || !(await this.#accepts(form.get('client_assertion') ?? '', request.url))) return INVALID_CLIENT;
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, Date.now() + TOKEN_SECONDS * 1000);
    return json(200, { access_token: token, token_type: 'bearer', expires_in: TOKEN_SECONDS, scope: SCOPE });
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

  async #accepts(assertion: string, tokenUrl: URL): Promise<boolean> {
    const { clientId, keyId, publicKey } = this.#credentials;
    try {
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
        algorithms: ['RS384'],
        typ: 'JWT',
        issuer: clientId,
        subject: clientId,
        audience: tokenUrl.href,
        requiredClaims: ['exp', 'jti'],
      });
      const { exp = 0, jti = '', iat } = payload;
      const seconds = Date.now() / 1000;
      if (protectedHeader.kid !== keyId || exp - seconds > ASSERTION_SECONDS_MAX) return false;
      if (iat !== undefined && (iat > seconds + 1 || exp - iat > ASSERTION_SECONDS_MAX)) return false;
      for (const [used, until] of this.#usedAssertions) if (until < seconds) this.#usedAssertions.delete(used);
      if (jti === '' || jti.length > 151 || this.#usedAssertions.has(jti)) return false;
      this.#usedAssertions.set(jti, exp);
      return true;
    } catch {
      return false;
    }
  }
}

function bearerOf(request: VendorRequest): string {
  return (request.headers['authorization'] ?? '').replace(/^Bearer /, '');
}
