/** What went over the wire for a transaction: masked for whoever may read it, as it was for whoever says why. */
import { recordReveal, type RevealParts } from '../../commands/reveal.ts';
import { readPayloads, type PayloadParts } from '../../queries/payloads.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pathId } from './versioned-reply.ts';

export interface PayloadRouteParts extends RevealParts {
  readonly open: PayloadParts['open'];
  mask(exchange: unknown): unknown;
}

export const payloadRoutes = ({ db, seal, open, mask }: PayloadRouteParts) =>
  ({
    async readPayloads(request: ApiRequest) {
      const transactionId = pathId(request);
      const attempts = await readPayloads(db, request.caller, transactionId, { open, show: mask });
      return { status: 200, body: { transactionId, masked: true, hiddenAt: null, attempts } };
    },
    async revealPayloads(request: ApiRequest<{ readonly reason: string }>) {
      const transactionId = pathId(request);
      const attempts = await readPayloads(db, request.caller, transactionId, { open, show: (exchange) => exchange });
      const hiddenAt = await recordReveal({ db, seal }, request.caller, transactionId, request.body.reason);
      return { status: 200, body: { transactionId, masked: false, hiddenAt, attempts } };
    },
  }) satisfies Handlers;
