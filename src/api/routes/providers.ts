import { createProvider, updateProvider, type ProviderInput } from '../../commands/providers.ts';
import type { Database } from '../../db/database.ts';
import type { Mode } from '../../domain/index.ts';
import { listProviders, readProvider, type ProviderFilter } from '../../queries/providers.ts';
import { readAvailability, type SlotWindow } from '../../queries/slots.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const providerRoutes = (db: Database) =>
  ({
    async listProviders({ caller, query }: ApiRequest<unknown, ProviderFilter & PageQuery>) {
      return pageReply(await listProviders(db, caller, query, pageRequest(query)));
    },
    async createProvider({ caller, body }: ApiRequest<ProviderInput>) {
      const id = await createProvider(db, caller, body);
      return createdReply('/v1/providers', await readProvider(db, caller, id));
    },
    async readProvider(request: ApiRequest) {
      return versionedReply(await readProvider(db, request.caller, pathId(request)));
    },
    async updateProvider(request: ApiRequest<ProviderInput>) {
      await updateProvider(db, request.caller, pathId(request), request.body, ifMatch(request));
      return versionedReply(await readProvider(db, request.caller, pathId(request)));
    },
    async readAvailability(request: ApiRequest<unknown, SlotWindow & PageQuery & { readonly mode?: Mode }>) {
      const { caller, query } = request;
      return pageReply(await readAvailability(db, caller, pathId(request), query, pageRequest(query)));
    },
  }) satisfies Handlers;
