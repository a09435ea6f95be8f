/** SMART Backend Services token, RS384. Source: fhir.epic.com "OAuth 2.0", HL7 SMART App Launch 2.0 "Backend Services". */
import { randomUUID } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { AdapterError, type Call } from '#adapter-kit';
import { isRecord } from './classify.ts';
import type { EpicSettings } from './settings.ts';

/** Epic allows 300 s ahead; less, so that clocks may differ by a little. */
const ASSERTION_SECONDS = 240;
const CLOCK_SKEW_SECONDS = 10;
/** A token is renewed when this share of its life is over. */
const RENEW_AT = 0.8;

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/** The token of one connection: shared by all its calls, asked for by one of them at a time. */
export class TokenSource {
  readonly #settings: EpicSettings;
  #token: Token | undefined;
  #flight: Promise<Token> | undefined;

  constructor(settings: EpicSettings) {
    this.#settings = settings;
  }

  /** Throws AdapterError; `unauthorised` when the site refuses the client itself. */
  async get(call: Call): Promise<string> {
    for (;;) {
      if (this.#token !== undefined && call.now() < this.#token.renewAtMs) return this.#token.value;
      const leads = this.#flight === undefined;
      const flight = (this.#flight ??= this.#fetch(call).finally(() => {
        this.#flight = undefined;
      }));
      try {
        this.#token = await unlessAborted(flight, call.signal);
        return this.#token.value;
      } catch (error) {
        // The call that asked ran out of time: that is not ours to suffer from.
        const leaderGaveUp = !leads && error instanceof AdapterError && error.reason === 'deadline';
        if (!leaderGaveUp || call.signal.aborted) throw error;
      }
    }
  }

  /** A token other than the one that was refused. */
  renew(call: Call, refused: string): Promise<string> {
    if (this.#token?.value === refused) this.#token = undefined;
    return this.get(call);
  }

  async #fetch(call: Call): Promise<Token> {
    // One refusal may be a matter of clocks or of a key not yet synchronised; a second is a matter for a person.
    const first = await this.#ask(call);
    const reply = first === 'refused' ? await this.#ask(call) : first;
    if (reply !== 'refused') return reply;
    const { clientId, keyId, tokenUrl } = this.#settings;
    throw new AdapterError(
      'unauthorised',
      'invalid-client',
      `${tokenUrl} refused client ${clientId} with key ${keyId}, twice: check that the public key is registered and synchronised (up to 12 h), that the client id is that of this environment, and the clock`,
    );
  }

  async #ask(call: Call): Promise<Token | 'refused'> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await this.#assertion(call),
    });
    const askedAtMs = call.now();
    const reply = await call.fetch(this.#settings.tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      credentials: true,
    });
    const body = parsed(reply.text);
    if (reply.status === 200 && typeof body['access_token'] === 'string') {
      const seconds = typeof body['expires_in'] === 'number' ? body['expires_in'] : 60;
      return { value: body['access_token'], renewAtMs: askedAtMs + seconds * 1000 * RENEW_AT };
    }
    if (reply.status === 400 || reply.status === 401 || typeof body['error'] === 'string') return 'refused';
    throw new AdapterError(
      'unavailable',
      'token-endpoint',
      `expected a token from ${this.#settings.tokenUrl}, got status ${reply.status}`,
    );
  }

  async #assertion(call: Call): Promise<string> {
    const { clientId, keyId, tokenUrl, privateKey } = this.#settings;
    const seconds = Math.floor(call.now() / 1000);
    const key = await importPKCS8(privateKey, 'RS384').catch((cause: unknown) => {
      throw new AdapterError(
        'misconfigured',
        'private-key',
        'the secret "privateKey" must be an RSA key in PKCS #8 PEM',
        { cause },
      );
    });
    return new SignJWT()
      .setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: keyId })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenUrl)
      .setJti(randomUUID())
      .setIssuedAt(seconds - CLOCK_SKEW_SECONDS)
      .setExpirationTime(seconds + ASSERTION_SECONDS)
      .sign(key);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

/** Waits for what another call has begun, but no longer than this call may. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new AdapterError('protocol', 'deadline', 'the deadline passed while waiting for a token'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
