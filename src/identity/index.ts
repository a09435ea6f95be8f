/** Who calls, and how they prove it. */
export { createAuthenticator, type Authenticate, type TrustedIssuer } from './authenticate.ts';
export { authenticateClient, createClient, hashSecret, type Client } from './client-credentials.ts';
export { openIssuer, type Issuer, type TokenRequest } from './issuer.ts';
export { exchangeClientCredentials, type TokenEndpointReply, type TokenEndpointRequest } from './token-endpoint.ts';
