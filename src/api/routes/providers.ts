import { createProvider, updateProvider, type ProviderInput } from '../../commands/providers.ts';
import type { Database } from '../../db/database.ts';
import { listProviders, readProvider, type ProviderFilter } from '../../queries/providers.ts';
import { Availability, type AvailabilityFilter } from '../../queries/availability.ts';
import type { Answer, RememberedAnswers } from '../../queries/remembered-answers.ts';
import { checkWindow } from '../../queries/slot-window.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageJson, pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

/** `answers`: undefined: each question is asked of the database. */
export function providerRoutes(db: Database, answers?: RememberedAnswers) {
  const availability = new Availability(db);
  return {
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
    async readAvailability(request: ApiRequest<unknown, AvailabilityFilter & PageQuery>) {
      const { caller, query } = request;
      const providerId = pathId(request);
      const page = pageRequest(query);
      const read = async (kept: boolean): Promise<Answer> => {
        const { sameForMs, days, ...found } = await availability.read(caller, providerId, query, page, kept);
        return { body: pageJson(found), sameForMs, days };
      };
      if (!answers) return { status: 200, json: (await read(false)).body };
      // What was right when it was asked first may be wrong by now.
      checkWindow(query);
      const { from, to, maxAge, mode, limit, cursor } = query;
      const asked = [caller.locationIds, from, to, maxAge, mode, limit, cursor];
      return {
        status: 200,
        json: await answers.answer({ organizationId: caller.organizationId, providerId, asked }, read),
      };
    },
  } satisfies Handlers;
}
