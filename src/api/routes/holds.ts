import { createHold, deleteHold, type HoldInput } from '../../commands/holds.ts';
import type { Database } from '../../db/database.ts';
import { slotConflict } from '../../queries/slot-conflict.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pathId } from './versioned-reply.ts';

export const holdRoutes = (db: Database) =>
  ({
    async createHold({ caller, body }: ApiRequest<HoldInput>) {
      const hold = await createHold(db, caller, body);
      if (!hold) throw await slotConflict(db, caller, body.slotId);
      return { status: 201, body: hold };
    },
    async deleteHold(request: ApiRequest) {
      await deleteHold(db, request.caller, pathId(request));
      return { status: 204 };
    },
  }) satisfies Handlers;
