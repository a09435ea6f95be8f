/** Getting tokens, and finding out where and how, in OAuth's form; and who a token belongs to. */
import type { Operation } from '../operations.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';

type Exchange = (request: {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, unknown>>;
  readonly transactionId: string;
  readonly address: string;
}) => Promise<ApiReply>;

export interface IdentityParts {
  readonly exchange: Exchange;
  /** The origin that others reach the hub by. */
  readonly url: () => string;
  /** RFC 7517; public parts only. */
  readonly keys: () => readonly object[];
  readonly operations: readonly Operation[];
}

/** Copies are kept for so long: a new key is published earlier than that before it signs. */
const KEPT_SECONDS = 600;

export const identityRoutes = ({ exchange, url, keys, operations }: IdentityParts) => {
  const scopes = systemScopes(operations);
  return {
    issueToken: (request: ApiRequest<Readonly<Record<string, unknown>>>) =>
      exchange({
        authorization: request.header('authorization'),
        form: request.body,
        transactionId: request.transactionId,
        address: request.address,
      }),
    readMe: async ({ caller: { clientId, role, organizationId, locationIds } }: ApiRequest) => ({
      status: 200,
      body: { clientId, role, organizationId, locationIds: locationIds ?? null },
    }),
    readOpenIdConfiguration: async () => ({ status: 200, body: openIdConfiguration(url(), scopes) }),
    readSmartConfiguration: async () => ({ status: 200, body: smartConfiguration(url(), scopes) }),
    readSigningKeys: async () => ({
      status: 200,
      body: { keys: keys() },
      headers: { 'Cache-Control': `public, max-age=${KEPT_SECONDS}` },
    }),
  } satisfies Handlers;
};

/** One for each resource, with all letters that an operation needs. */
function systemScopes(operations: readonly Operation[]): string[] {
  const letters = new Map<string, string>();
  for (const { access } of operations) {
    const [resource, letter] = access?.scope?.split('.') ?? [];
    if (resource !== undefined && letter !== undefined) letters.set(resource, (letters.get(resource) ?? '') + letter);
  }
  return [...letters]
    .map(
      ([resource, some]) =>
        `system/${resource}.${'cruds'
          .split('')
          .filter((each) => some.includes(each))
          .join('')}`,
    )
    .toSorted();
}

const endpoints = (url: string) => ({
  issuer: url,
  authorization_endpoint: `${url}/oauth/authorize`,
  token_endpoint: `${url}/oauth/token`,
  jwks_uri: `${url}/oauth/jwks`,
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
});

const openIdConfiguration = (url: string, scopes: readonly string[]) => ({
  ...endpoints(url),
  revocation_endpoint: `${url}/oauth/revoke`,
  end_session_endpoint: `${url}/oauth/sign-out`,
  scopes_supported: ['openid', 'profile', 'email', ...scopes],
  response_modes_supported: ['query'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  authorization_response_iss_parameter_supported: true,
  claims_supported: ['sub', 'name', 'email', 'role', 'organization_id'],
});

const smartConfiguration = (url: string, scopes: readonly string[]) => ({
  ...endpoints(url),
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  scopes_supported: scopes,
  capabilities: ['client-confidential-asymmetric', 'client-confidential-symmetric', 'permission-v1', 'permission-v2'],
});
