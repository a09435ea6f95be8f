/** What HISs have sent by themselves, and what could not be made of it. */
import { dismissMessage, replayMessage } from '../../commands/messages.ts';
import { assignMessage, type OwnerInput } from '../../commands/owners.ts';
import type { Database } from '../../db/database.ts';
import { listMessages, readMessage, type MessageFilter } from '../../queries/messages.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

export interface MessageRouteParts {
  readonly db: Database;
  /** The segments of a message, masked. */
  masked(id: string): Promise<readonly string[]>;
}

export const messageRoutes = ({ db, masked }: MessageRouteParts) =>
  ({
    async listMessages({ caller, query }: ApiRequest<unknown, MessageFilter & PageQuery>) {
      return pageReply(await listMessages(db, caller, query, pageRequest(query)));
    },
    async readMessage(request: ApiRequest) {
      const message = await readMessage(db, request.caller, pathId(request));
      return { status: 200, body: { ...message, segments: await masked(pathId(request)) } };
    },
    async assignMessage(request: ApiRequest<OwnerInput>) {
      await assignMessage(db, request.caller, pathId(request), request.body);
      return { status: 200, body: await readMessage(db, request.caller, pathId(request)) };
    },
    async replayMessage(request: ApiRequest) {
      await replayMessage(db, request.caller, pathId(request));
      return { status: 202, body: await readMessage(db, request.caller, pathId(request)) };
    },
    async dismissMessage(request: ApiRequest) {
      await dismissMessage(db, request.caller, pathId(request));
      return { status: 200, body: await readMessage(db, request.caller, pathId(request)) };
    },
  }) satisfies Handlers;
