/** Connections, to be read; and their first, simple synchronisation, to be asked for. */
import type { Database } from '../../db/database.ts';
import { listConnections, readConnection } from '../../queries/connections.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

/** `synchronise` starts reading providers and slots of a connection, and does not wait for it. */
export const connectionRoutes = (db: Database, synchronise: (connectionId: string) => void): Handlers => ({
  listConnections: async ({ caller, query }: ApiRequest<unknown, PageQuery>) =>
    pageReply(await listConnections(db, caller, pageRequest(query))),
  readConnection: async (request: ApiRequest) => ({
    status: 200,
    body: await readConnection(db, request.caller, pathId(request)),
  }),
  reconcileConnection: async (request: ApiRequest) => {
    const connection = await readConnection(db, request.caller, pathId(request));
    const acceptedAt = new Date().toISOString();
    synchronise(connection.id);
    return {
      status: 202,
      body: { connectionId: connection.id, acceptedAt, synchronisedAt: connection.synchronisedAt },
    };
  },
});
