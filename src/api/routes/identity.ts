/** The token endpoint, whose answers have OAuth's form; and who a token belongs to. */
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';

type Exchange = (request: {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, unknown>>;
}) => Promise<ApiReply>;

export const identityRoutes = (exchange: Exchange): Handlers => ({
  issueToken: (request: ApiRequest<Readonly<Record<string, unknown>>>) =>
    exchange({ authorization: request.header('authorization'), form: request.body }),
  readMe: ({ caller: { clientId, role, organizationId } }: ApiRequest) =>
    Promise.resolve({ status: 200, body: { clientId, role, organizationId } }),
});
