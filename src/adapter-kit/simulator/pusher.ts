/** A HIS that posts to a hub by itself what changes in its book: one message after the other, each until it is taken. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BookChange } from './book-words.ts';
import type { SimulatedHis } from './simulated-his.ts';

/** How much a message says of what has changed: that something has, its key, or all of it. For vendors who can choose. */
export const CONTENTS = ['empty', 'id-only', 'full-resource'] as const;
export type Content = (typeof CONTENTS)[number];

export interface PushTarget {
  readonly url: string;
  readonly secret: string;
  readonly content: Content;
  /** So many messages get lost on their way. */
  readonly skip: number;
}

export interface PushMessage {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PushWording {
  /** What it posts first. */
  begin(content: Content): readonly PushMessage[];
  /** What follows from one change of the book. */
  after(change: BookChange, content: Content): readonly PushMessage[];
}

const RETRY_MS = 200;
const TRIES_MAX = 25;
const DEADLINE_MS = 10_000;

export class Pusher {
  /** The status of each answer, in order; 0: none came. */
  readonly answers: number[] = [];
  readonly #wording: PushWording;
  readonly #stopped = new AbortController();
  #to: PushTarget | undefined;
  #skip = 0;
  #sent: Promise<void> = Promise.resolve();

  constructor(his: SimulatedHis, wording: PushWording) {
    this.#wording = wording;
    his.book.watch((change) => {
      if (this.#to) this.#send(this.#to, wording.after(change, this.#to.content));
    });
  }

  get to(): PushTarget | undefined {
    return this.#to;
  }

  /** From now on, beginning with the greeting. */
  set to(target: PushTarget | undefined) {
    this.#to = target;
    if (!target) return;
    this.#send(target, this.#wording.begin(target.content));
    this.#skip = target.skip;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#sent;
  }

  #send(target: PushTarget, messages: readonly PushMessage[]): void {
    for (const message of messages) {
      if (this.#skip > 0) this.#skip -= 1;
      else this.#sent = this.#sent.then(() => this.#untilTaken(target, message));
    }
  }

  async #untilTaken(target: PushTarget, message: PushMessage): Promise<void> {
    const { signal } = this.#stopped;
    for (let tries = 0; tries < TRIES_MAX && !signal.aborted; tries += 1) {
      const status = await this.#post(target, message);
      this.answers.push(status);
      // What is refused for its content is refused again.
      if (status !== 0 && status < 500) return;
      await delay(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #post({ url, secret }: PushTarget, { contentType, headers, body }: PushMessage): Promise<number> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': contentType, authorization: `Bearer ${secret}` },
        ...(body === '' ? {} : { body }),
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }
}
