/** The token endpoint (client credentials by Basic), and the check of what comes with each request. Source: docs.oracle.com mfrap "Authorization". */
import { randomBytes, randomUUID } from 'node:crypto';
import type { SimulatedHis, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import type { Credentials } from './credentials.ts';
import { TENANT } from './hospital.ts';

const TOKEN_SECONDS = 570;

export class Authority {
  readonly #his: SimulatedHis;
  readonly #expected: string;
  /** Token to when it ends (ms), and what it grants. */
  readonly #tokens = new Map<string, { readonly endsAtMs: number; readonly scopes: readonly string[] }>();

  constructor(his: SimulatedHis, { clientId, clientSecret }: Credentials) {
    this.#his = his;
    this.#expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  token(request: VendorRequest): VendorAnswer {
    if (request.headers['authorization'] !== this.#expected) return refused('invalid_client');
    const form = new URLSearchParams(request.body);
    const asked = form.get('scope') ?? '';
    if (form.get('grant_type') !== 'client_credentials' || asked === '' || asked.includes(','))
      return refused('invalid_grant');
    const isGranted = (scope: string): boolean =>
      /^system\/[A-Z]\w+\.(read|write)$/.test(scope) &&
      (this.#his.quirks.value('O5') !== 'narrow' || scope.endsWith('.read'));
    const scopes = asked.split(' ').filter(isGranted);
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, { endsAtMs: Date.now() + TOKEN_SECONDS * 1000, scopes });
    const granted = { scope: scopes.join(' '), token_type: 'Bearer', expires_in: TOKEN_SECONDS };
    return said(200, { access_token: token, ...granted }, randomUUID(), {
      'cache-control': 'no-store',
      pragma: 'no-cache',
    });
  }

  isValid(request: VendorRequest): boolean {
    return (this.#tokens.get(bearerOf(request))?.endsAtMs ?? 0) > Date.now();
  }

  grants(request: VendorRequest, scope: string): boolean {
    return this.#tokens.get(bearerOf(request))?.scopes.includes(scope) ?? false;
  }

  expire(request: VendorRequest): void {
    this.#tokens.delete(bearerOf(request));
  }
}

export function refused(kind: 'invalid_client' | 'invalid_grant'): VendorAnswer {
  const correlation = randomUUID();
  const error = encodeURIComponent(`urn:cerner:error:authorization-server:oauth2:token:${kind.replace('_', '-')}`);
  const uri = `https://authorization.cerner.com/errors/${error}/instances/${correlation}?tenant=${TENANT}`;
  return said(400, { error: kind, error_uri: uri }, correlation);
}

function said(
  status: number,
  body: unknown,
  correlation: string,
  headers: Readonly<Record<string, string>> = {},
): VendorAnswer {
  const type = 'application/json;charset=UTF-8';
  return {
    status,
    headers: { 'content-type': type, 'cerner-correlation-id': correlation, ...headers },
    body: JSON.stringify(body),
  };
}

function bearerOf(request: VendorRequest): string {
  return (request.headers['authorization'] ?? '').replace(/^Bearer /, '');
}
