import { createLocation, updateLocation, type LocationInput } from '../../commands/locations.ts';
import type { Database } from '../../db/database.ts';
import { listLocations, readLocation } from '../../queries/locations.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { createdReply, ifMatch, pathId, versionedReply } from './versioned-reply.ts';

export const locationRoutes = (db: Database) =>
  ({
    async listLocations({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listLocations(db, caller, pageRequest(query)));
    },
    async createLocation({ caller, body }: ApiRequest<LocationInput>) {
      const id = await createLocation(db, caller, body);
      return createdReply('/v1/locations', await readLocation(db, caller, id));
    },
    async readLocation(request: ApiRequest) {
      return versionedReply(await readLocation(db, request.caller, pathId(request)));
    },
    async updateLocation(request: ApiRequest<LocationInput>) {
      await updateLocation(db, request.caller, pathId(request), request.body, ifMatch(request));
      return versionedReply(await readLocation(db, request.caller, pathId(request)));
    },
  }) satisfies Handlers;
