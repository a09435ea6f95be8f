/** Somebody who listens to the hub's stream of events, and knows when each came. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestHub } from './hub.ts';

export interface HeardEvent {
  readonly type: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export class EventEar {
  readonly heard: HeardEvent[] = [];
  readonly #leave = new AbortController();
  #listening: Promise<void> = Promise.resolve();

  static async listen(hub: TestHub): Promise<EventEar> {
    const ear = new EventEar();
    const stream = await fetch(`${hub.sandbox.api}/v1/events`, {
      headers: { authorization: `Bearer ${hub.sandbox.tokens.admin}` },
      signal: ear.#leave.signal,
    });
    if (!stream.ok || !stream.body) throw new Error(`the stream answered ${stream.status}`);
    ear.#listening = ear.#take(stream.body).catch(() => {});
    return ear;
  }

  /** When the first such event came, of those since `sinceMs`; undefined: none did in time. */
  async hears(wanted: (event: HeardEvent) => boolean, sinceMs: number, ms: number): Promise<number | undefined> {
    for (const deadline = Date.now() + ms; ; await delay(20)) {
      const found = this.heard.find((event) => event.atMs >= sinceMs && wanted(event));
      if (found) return found.atMs;
      if (Date.now() > deadline) return undefined;
    }
  }

  async leave(): Promise<void> {
    this.#leave.abort();
    await this.#listening;
  }

  async #take(stream: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const piece of stream) {
      text += Buffer.from(piece).toString();
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const data = /^data: ?(.*)$/m.exec(message)?.[1];
        if (data === undefined) continue;
        const event = JSON.parse(data) as { type: string; data: Record<string, unknown> };
        this.heard.push({ type: event.type, data: event.data, atMs: Date.now() });
      }
    }
  }
}
