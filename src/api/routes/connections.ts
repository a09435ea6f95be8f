/** Connections: describe a HIS, try it, stop and start it, see how it does, and have it read. */
import {
  changeConnection,
  createConnection,
  pauseConnection,
  resumeConnection,
  type ConnectionChange,
  type ConnectionInput,
  type ConnectionParts,
} from '../../commands/connections.ts';
import { readConnectionHealth } from '../../queries/connection-health.ts';
import { listConnections, readConnection } from '../../queries/connections.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

export interface ConnectionRouteParts extends ConnectionParts {
  /** Has providers and slots of a connection read soon, and does not wait for it. */
  synchronise(connectionId: string): void;
  /** Has a connection compared with its HIS soon; returns the id of the run. */
  reconcile(connectionId: string, askedBy: string): Promise<string>;
  /** contracts/schemas/connection-check.schema.json */
  check(connectionId: string): Promise<object>;
}

export const connectionRoutes = (parts: ConnectionRouteParts) => {
  const { db } = parts;
  const adapterOf = (id: string): object => ({ id, ...parts.adapters.find(id)?.shown });
  const present = (request: ApiRequest<unknown>) => readConnection(db, request.caller, pathId(request));

  return {
    readAdapters: () =>
      Promise.resolve({ status: 200, body: { items: parts.adapters.ids.map(adapterOf), nextCursor: null } }),
    async listConnections({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listConnections(db, caller, pageRequest(query)));
    },
    async readConnection(request: ApiRequest) {
      return { status: 200, body: await present(request) };
    },
    async createConnection({ caller, body }: ApiRequest<ConnectionInput>) {
      const id = await createConnection(parts, caller, body);
      if (body.state !== 'paused') parts.synchronise(id);
      return {
        status: 201,
        body: await readConnection(db, caller, id),
        headers: { Location: `/v1/connections/${id}` },
      };
    },
    async changeConnection(request: ApiRequest<ConnectionChange>) {
      await changeConnection(parts, request.caller, pathId(request), request.body);
      // What was read under the old settings, and when it is due by the old policy, counts no more.
      parts.synchronise(pathId(request));
      return { status: 200, body: await present(request) };
    },
    async checkConnection(request: ApiRequest) {
      const { id } = await present(request);
      return { status: 200, body: await parts.check(id) };
    },
    async pauseConnection(request: ApiRequest<{ readonly reason?: string } | undefined>) {
      await pauseConnection(parts, request.caller, pathId(request), request.body?.reason);
      return { status: 200, body: await present(request) };
    },
    async resumeConnection(request: ApiRequest) {
      await resumeConnection(parts, request.caller, pathId(request));
      parts.synchronise(pathId(request));
      return { status: 200, body: await present(request) };
    },
    async readConnectionHealth(request: ApiRequest) {
      const tellsByItself = (adapter: string): boolean => parts.adapters.find(adapter)?.tellsByItself ?? false;
      return { status: 200, body: await readConnectionHealth(db, request.caller, pathId(request), tellsByItself) };
    },
    async reconcileConnection(request: ApiRequest) {
      const connection = await present(request);
      const acceptedAt = new Date().toISOString();
      const runId = await parts.reconcile(connection.id, request.caller.clientId);
      return {
        status: 202,
        body: { connectionId: connection.id, runId, acceptedAt, synchronisedAt: connection.synchronisedAt },
      };
    },
  } satisfies Handlers;
};
