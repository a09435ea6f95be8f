/** Sends what webhooks are to be told. Any number of processes do so at once; each webhook has only so much in hand in each. */
import type { Database } from '../db/database.ts';
import { pause, type Log } from '../domain/index.ts';
import type { Seal } from '../ledger/seal.ts';
import { openSecret } from '../ledger/webhook-secret.ts';
import { cloudEvent } from './event.ts';
import type { AddressRules } from './public-address.ts';
import { signatureHeaders } from './signature.ts';
import { claimDeliveries, forgetOldDeliveries, letGo, recordAnswer, type Delivery } from './webhook-delivery.ts';
import { postWebhook, STOPPED, type Answer } from './webhook-request.ts';

export interface SenderParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly log: Log;
  readonly rules: AddressRules;
}

const PER_WEBHOOK = 8;
const IN_HAND_MAX = 200;
const POLL_MS = 200;
const WAKE_MS = 10;
const STOP_GRACE_MS = 2_000;
const FORGET_MS = 3600_000;

export class WebhookSender {
  readonly #parts: SenderParts;
  readonly #stopping = new AbortController();
  readonly #cut = new AbortController();
  readonly #inHand = new Map<string, number>();
  readonly #sending = new Set<Promise<void>>();
  #running: Promise<void> = Promise.resolve();
  #forgottenAt = 0;
  #ended = Promise.withResolvers<void>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Lets what is under way end; what takes too long is sent again by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const late = setTimeout(() => this.#cut.abort(), STOP_GRACE_MS);
    await Promise.all(this.#sending);
    clearTimeout(late);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#takeDue();
        await this.#forget();
      } catch (error) {
        this.#parts.log.warn({ err: error }, 'webhooks were not looked after; tried again');
      }
      // Room has come free: the next one need not wait for the poll.
      await Promise.race([pause(POLL_MS, signal), this.#ended.promise.then(() => pause(WAKE_MS, signal))]);
      this.#ended = Promise.withResolvers<void>();
    }
  }

  async #takeDue(): Promise<void> {
    const room = IN_HAND_MAX - this.#sending.size;
    if (room <= 0) return;
    const busy = [...this.#inHand].flatMap(([webhookId, count]) => (count >= PER_WEBHOOK ? [webhookId] : []));
    for (const delivery of await claimDeliveries(this.#parts.db, { busy, perWebhook: PER_WEBHOOK, limit: room })) {
      const { webhookId } = delivery;
      this.#inHand.set(webhookId, (this.#inHand.get(webhookId) ?? 0) + 1);
      const sending = this.#send(delivery).finally(() => {
        this.#sending.delete(sending);
        const left = (this.#inHand.get(webhookId) ?? 1) - 1;
        if (left === 0) this.#inHand.delete(webhookId);
        else this.#inHand.set(webhookId, left);
        this.#ended.resolve();
      });
      this.#sending.add(sending);
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    const { db, log } = this.#parts;
    const answer = await this.#answerTo(delivery);
    try {
      if (answer.errorCode === STOPPED) await letGo(db, delivery);
      else await recordAnswer(db, delivery, answer);
    } catch (error) {
      log.warn({ webhookId: delivery.webhookId, err: error }, 'what a webhook answered was not recorded; sent again');
    }
  }

  async #answerTo({ webhookId, url, secret, previousSecret, event }: Delivery): Promise<Answer> {
    const { seal, rules } = this.#parts;
    let secrets: string[];
    try {
      const sealed = [secret, ...(previousSecret ? [previousSecret] : [])];
      secrets = sealed.map((each) => openSecret(seal, webhookId, each));
    } catch {
      return { status: null, errorCode: 'secret-sealed-by-another-key', durationMs: 0, retryAfterMs: undefined };
    }
    const body = JSON.stringify(cloudEvent(event));
    const signed = signatureHeaders(secrets, event.id, Math.floor(Date.now() / 1000), body);
    const headers = { 'content-type': 'application/json', 'user-agent': 'tessera-webhooks/1', ...signed };
    return postWebhook(url, headers, body, { ...rules, stopping: this.#cut.signal });
  }

  async #forget(): Promise<void> {
    if (Date.now() - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = Date.now();
    await forgetOldDeliveries(this.#parts.db);
  }
}
