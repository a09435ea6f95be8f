import { updateSchedule } from '../../commands/schedules.ts';
import type { Database } from '../../db/database.ts';
import type { Caller, Schedule } from '../../domain/index.ts';
import { readSchedule } from '../../queries/schedules.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';
import { etag } from '../preconditions.ts';
import { ifMatch, pathId } from './versioned-reply.ts';

export const scheduleRoutes = (db: Database) => {
  const reply = async (caller: Caller, providerId: string): Promise<ApiReply> => {
    const { schedule, version } = await readSchedule(db, caller, providerId);
    return { status: 200, body: schedule, headers: { ETag: etag(version) } };
  };
  return {
    readSchedule: (request: ApiRequest) => reply(request.caller, pathId(request)),
    async updateSchedule(request: ApiRequest<Schedule>) {
      await updateSchedule(db, request.caller, pathId(request), request.body, ifMatch(request));
      return reply(request.caller, pathId(request));
    },
  } satisfies Handlers;
};
