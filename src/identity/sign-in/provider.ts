/** The built-in OpenID provider: authorization code with PKCE for the hub's own pages. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, type Configuration, type Interaction, type JWK, type JWKS } from 'oidc-provider';
import type { Sql } from '../../db/database.ts';
import { BUILT_IN_AUDIENCE, claimsOf, type Issuer } from '../issuer.ts';
import type { SignInRecord } from '../sign-in-record.ts';
import { ALGORITHM, type Seal } from '../signing-keys.ts';
import { findAccount, type Account } from './accounts.ts';
import { faultPage, signedOutPage, signOutPage } from './pages.ts';
import { Records } from './records.ts';

export interface ProviderParts {
  readonly sql: Sql;
  readonly seal: Seal;
  readonly issuer: Issuer;
  /** For the audit; undefined: nothing is recorded. */
  readonly record?: (request: IncomingMessage, response: ServerResponse, of: SignInRecord) => Promise<void>;
}

/** The hub's own pages: they keep no secret, so PKCE is all there is. */
export const CONSOLE = 'console';
/** Where the hub's own pages take their code. */
export const CONSOLE_PATH = '/signed-in';
const API = 'urn:tessera:api';
const SCOPES = 'openid profile email';

const ACCESS_SECONDS = 300;
/** Who does nothing for so long is signed out (HIPAA 164.312(a)(2)(iii)); whoever works goes on, but not for ever. */
const IDLE_SECONDS = 1_800;
const SESSION_SECONDS = 12 * 3600;
const SIGN_IN_SECONDS = 900;

/** `url`: the origin that people reach it by. `keys`: private, the one that signs first. */
export function createProvider(parts: ProviderParts, url: string, keys: readonly JWK[]): Provider {
  const provider = new Provider(url, { ...configuration(parts, url), jwks: { keys: [...keys] } satisfies JWKS });
  // Behind TLS that ends before the hub: cookies are secure although this line is not.
  provider.proxy = url.startsWith('https:');
  return provider;
}

function configuration({ sql, seal, issuer }: ProviderParts, url: string): Configuration {
  return {
    adapter: (model: string) => new Records(model, sql, seal),
    clients: [
      {
        client_id: CONSOLE,
        client_name: 'Tessera',
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [url + CONSOLE_PATH],
        post_logout_redirect_uris: [`${url}/`],
        id_token_signed_response_alg: ALGORITHM,
      },
    ],
    cookies: {
      keys: [issuer.cookieKey],
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/oauth' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
      names: { session: 'tessera_session', interaction: 'tessera_sign_in', resume: 'tessera_resume' },
    },
    scopes: SCOPES.split(' '),
    claims: { openid: ['sub', 'role', 'organization_id'], profile: ['name'], email: ['email'] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      jwks: '/oauth/jwks',
      revocation: '/oauth/revoke',
      end_session: '/oauth/sign-out',
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => void (ctx.body = signOutPage(form)),
        postLogoutSuccessSource: (ctx) => void (ctx.body = signedOutPage()),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: BUILT_IN_AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: ACCESS_SECONDS,
          jwt: { sign: { alg: ALGORITHM } },
        }),
      },
    },
    enabledJWA: { idTokenSigningAlgValues: [ALGORITHM] },
    ttl: {
      AccessToken: ACCESS_SECONDS,
      AuthorizationCode: 60,
      IdToken: ACCESS_SECONDS,
      Interaction: SIGN_IN_SECONDS,
      Grant: SESSION_SECONDS,
      Session: IDLE_SECONDS,
      // From the first one on, however often it was renewed.
      RefreshToken: (_ctx, token) =>
        Math.max(1, Math.min(IDLE_SECONDS, (token.iiat ?? token.iat ?? now()) + SESSION_SECONDS - now())),
    },
    rotateRefreshToken: () => true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, { uid }: Interaction) => `/oauth/sign-in/${uid}` },
    findAccount: async (_ctx, id) => {
      const account = await findAccount(sql, id);
      return account && { accountId: account.id, claims: () => idClaims(account) };
    },
    // The hub's own pages ask nobody whether they may.
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const id = session.grantIdFor(client.clientId);
      const kept = id === undefined ? undefined : await ctx.oidc.provider.Grant.find(id);
      if (kept) return kept;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(SCOPES);
      grant.addOIDCClaims(['role', 'organization_id']);
      await grant.save();
      return grant;
    },
    extraTokenClaims: async (_ctx, token) => {
      const account = 'accountId' in token ? await findAccount(sql, token.accountId) : undefined;
      return account && accessClaims(account);
    },
    formats: {
      // One issuer for every token that the API takes, whatever address its process was reached by.
      customizers: { jwt: (_ctx, _token, { payload }) => void (payload['iss'] = issuer.issuer) },
    },
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = 'html';
      ctx.body = faultPage(description ?? error);
    },
  };
}

const now = (): number => Math.floor(Date.now() / 1000);

const idClaims = ({ id, role, organizationId, name, email }: Account) => ({
  sub: id,
  role,
  organization_id: organizationId,
  name,
  email,
});

function accessClaims(account: Account): Record<string, unknown> {
  const { organizationId, role, patientId, providerId, locationIds } = account;
  const { client_id: _, ...claims } = claimsOf({
    clientId: account.id,
    organizationId,
    role,
    ...(patientId !== undefined && { patientId }),
    ...(providerId !== undefined && { providerId }),
    ...(locationIds !== undefined && { locationIds }),
  });
  return claims;
}
