import { createSlot, updateSlot, type SlotInput } from '../../commands/slots.ts';
import type { Database } from '../../db/database.ts';
import { listSlots, readSlot, type SlotFilter } from '../../queries/slots.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

export const slotRoutes = (db: Database) =>
  ({
    async listSlots({ caller, query }: ApiRequest<unknown, SlotFilter & PageQuery>) {
      return pageReply(await listSlots(db, caller, query, pageRequest(query)));
    },
    async createSlot({ caller, body }: ApiRequest<SlotInput>) {
      const id = await createSlot(db, caller, body);
      return { status: 201, body: await readSlot(db, caller, id) };
    },
    async updateSlot(request: ApiRequest<{ readonly status: 'free' | 'blocked' }>) {
      await updateSlot(db, request.caller, pathId(request), request.body.status);
      return { status: 200, body: await readSlot(db, request.caller, pathId(request)) };
    },
  }) satisfies Handlers;
