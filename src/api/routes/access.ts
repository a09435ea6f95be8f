/** Organizations, the people who sign in, and the programs that call. What proves who one is, is shown once. */
import { changeClient, createClient, rotateClientSecret } from '../../commands/clients.ts';
import type { ClientChange, ClientInput } from '../../commands/clients.ts';
import { checkRunsPlatform, createOrganization, type OrganizationInput } from '../../commands/organizations.ts';
import { changeUser, createUser, resetUser, type UserChange, type UserInput } from '../../commands/users.ts';
import type { Database } from '../../db/database.ts';
import { listClients, readClient } from '../../queries/clients.ts';
import { organization, readOrganization } from '../../queries/organizations.ts';
import { listUsers, readUser } from '../../queries/users.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

const OVERLAP_HOURS = 24;

/** `rotateKey`: makes a new signing key; returns its id. */
export const accessRoutes = (db: Database, rotateKey: (atOnce: boolean) => Promise<string>) =>
  ({
    async rotateSigningKey({ caller, body }: ApiRequest<{ readonly atOnce?: boolean } | undefined>) {
      await checkRunsPlatform(db, caller);
      return { status: 201, body: { kid: await rotateKey(body?.atOnce ?? false) } };
    },
    async listOrganizations({ caller }: ApiRequest<unknown, PageQuery>) {
      return pageReply({ items: [await organization(db, caller.organizationId)], next: null });
    },
    async createOrganization({ caller, body }: ApiRequest<OrganizationInput>) {
      const { id, admin } = await createOrganization(db, caller, body);
      return {
        status: 201,
        body: {
          organization: await organization(db, id),
          adminId: admin.id,
          temporaryPassword: admin.temporaryPassword,
        },
        headers: { Location: `/v1/organizations/${id}` },
      };
    },
    async readOrganization(request: ApiRequest) {
      return { status: 200, body: await readOrganization(db, request.caller, pathId(request)) };
    },
    async listUsers({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listUsers(db, caller, pageRequest(query)));
    },
    async createUser({ caller, body }: ApiRequest<UserInput>) {
      const { id, temporaryPassword } = await createUser(db, caller, body);
      return {
        status: 201,
        body: { user: await readUser(db, caller, id), temporaryPassword },
        headers: { Location: `/v1/users/${id}` },
      };
    },
    async readUser(request: ApiRequest) {
      return { status: 200, body: await readUser(db, request.caller, pathId(request)) };
    },
    async changeUser(request: ApiRequest<UserChange>) {
      await changeUser(db, request.caller, pathId(request), request.body);
      return { status: 200, body: await readUser(db, request.caller, pathId(request)) };
    },
    async resetUser(request: ApiRequest) {
      const { id, temporaryPassword } = await resetUser(db, request.caller, pathId(request));
      return { status: 200, body: { user: await readUser(db, request.caller, id), temporaryPassword } };
    },
    async listClients({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listClients(db, caller, pageRequest(query)));
    },
    async createClient({ caller, body }: ApiRequest<ClientInput>) {
      const { id, secret } = await createClient(db, caller, body);
      return {
        status: 201,
        body: { client: await readClient(db, caller, id), secret },
        headers: { Location: `/v1/clients/${id}` },
      };
    },
    async readClient(request: ApiRequest) {
      return { status: 200, body: await readClient(db, request.caller, pathId(request)) };
    },
    async changeClient(request: ApiRequest<ClientChange>) {
      await changeClient(db, request.caller, pathId(request), request.body);
      return { status: 200, body: await readClient(db, request.caller, pathId(request)) };
    },
    async rotateClientSecret(request: ApiRequest<{ readonly overlapHours?: number } | undefined>) {
      const hours = request.body?.overlapHours ?? OVERLAP_HOURS;
      const secret = await rotateClientSecret(db, request.caller, pathId(request), hours);
      return { status: 200, body: { client: await readClient(db, request.caller, pathId(request)), secret } };
    },
  }) satisfies Handlers;
