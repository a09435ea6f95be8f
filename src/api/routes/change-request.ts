import type { ChangeRequest } from '../../commands/answer-once.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ApiRequest } from '../operation.ts';
import { waitMs } from '../prefer.ts';

export type { Answer } from '../../commands/answer-once.ts';

/** What a request for a change is to the commands. Errors: idempotency-key-missing, validation. */
export const changeRequest = (request: ApiRequest<unknown, unknown>): ChangeRequest => ({
  caller: request.caller,
  transactionId: request.transactionId,
  route: [request.operationId, ...Object.values(request.params)].join('/'),
  idempotencyKey: idempotencyKey(request.header('idempotency-key')),
  payload: [request.body ?? null, request.query],
  waitMs: waitMs(request.header('prefer')),
  signal: request.signal,
});
