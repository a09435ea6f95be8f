/** Webhooks: be told of events, see what was sent, and have it sent again. */
import { changeWebhook, createWebhook, deleteWebhook, rotateSecret } from '../../commands/webhooks.ts';
import type { WebhookChange, WebhookInput, WebhookParts } from '../../commands/webhooks.ts';
import { queueMissing, recoverDeliveries, resendDelivery, sendTest } from '../../commands/webhook-deliveries.ts';
import {
  listAttempts,
  listDeliveries,
  listWebhooks,
  readDelivery,
  readWebhook,
  type DeliveryFilter,
} from '../../queries/webhooks.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

const OVERLAP_HOURS = 24;

export const webhookRoutes = (parts: WebhookParts) => {
  const { db } = parts;
  const present = (request: ApiRequest<unknown>) => readWebhook(db, request.caller, pathId(request));
  const queuedDelivery = async ({ caller }: ApiRequest<unknown>, id: string): Promise<ApiReply> => ({
    status: 202,
    body: await readDelivery(db, caller, id),
  });

  return {
    async listWebhooks({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listWebhooks(db, caller, pageRequest(query)));
    },
    async createWebhook({ caller, body }: ApiRequest<WebhookInput>) {
      const { id, secret } = await createWebhook(parts, caller, body);
      return {
        status: 201,
        body: { webhook: await readWebhook(db, caller, id), secret },
        headers: { Location: `/v1/webhooks/${id}` },
      };
    },
    async readWebhook(request: ApiRequest) {
      return { status: 200, body: await present(request) };
    },
    async changeWebhook(request: ApiRequest<WebhookChange>) {
      await changeWebhook(parts, request.caller, pathId(request), request.body);
      return { status: 200, body: await present(request) };
    },
    async deleteWebhook(request: ApiRequest) {
      await deleteWebhook(db, request.caller, pathId(request));
      return { status: 204 };
    },
    async rotateWebhookSecret(request: ApiRequest<{ readonly overlapHours?: number } | undefined>) {
      const hours = request.body?.overlapHours ?? OVERLAP_HOURS;
      const secret = await rotateSecret(parts, request.caller, pathId(request), hours);
      return { status: 200, body: { webhook: await present(request), secret } };
    },
    async testWebhook(request: ApiRequest) {
      return queuedDelivery(request, await sendTest(db, request.caller, pathId(request)));
    },
    async recoverWebhook(request: ApiRequest<{ readonly since: string }>) {
      const queued = await recoverDeliveries(db, request.caller, pathId(request), request.body.since);
      return { status: 202, body: { queued } };
    },
    async replayMissingWebhook(request: ApiRequest<{ readonly since: string }>) {
      const queued = await queueMissing(db, request.caller, pathId(request), request.body.since);
      return { status: 202, body: { queued } };
    },
    async listWebhookDeliveries(request: ApiRequest<unknown, PageQuery & DeliveryFilter>) {
      const { caller, query } = request;
      return pageReply(await listDeliveries(db, caller, pathId(request), query, pageRequest(query)));
    },
    async resendWebhookDelivery(request: ApiRequest) {
      const deliveryId = request.params['delivery'] ?? '';
      await resendDelivery(db, request.caller, pathId(request), deliveryId);
      return queuedDelivery(request, deliveryId);
    },
    async listWebhookAttempts(request: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listAttempts(db, request.caller, pathId(request), pageRequest(request.query)));
    },
  } satisfies Handlers;
};
