/** Who calls, and how they prove it. */
export { createAuthenticator, type Authenticate } from './authenticate.ts';
export { isAtLocations } from './at-locations.ts';
export { temporaryPassword } from './temporary-password.ts';
export { authenticateClient, createClient, hashSecret, newClientSecret } from './client-credentials.ts';
export { createSignIn } from './sign-in/index.ts';
export { presetTotp } from './sign-in/totp.ts';
export { makeFirstAdmin, type FirstAdmin } from './first-admin.ts';
export { rotateSigningKey } from './signing-keys.ts';
export { openIssuer, type Issuer, type TokenRequest } from './issuer.ts';
export type { SignInRecord } from './sign-in-record.ts';
export { scopesGrant } from './smart-scopes.ts';
export { exchangeClientCredentials, type TokenEndpointReply } from './token-endpoint.ts';
