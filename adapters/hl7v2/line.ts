/** The connections to the HIS: one message at a time on each, the least busy one is taken. */
import { openMllpClient, type Call, type MllpAnswer, type MllpClient } from '#adapter-kit';
import type { Hl7Settings } from './settings.ts';

export class Line {
  readonly #enhanced: boolean;
  readonly #clients: { readonly client: MllpClient; busy: number }[];

  /** Connects when something is to be sent. */
  constructor({ host, port, tls, ackTimeoutMs, connections, enhanced }: Hl7Settings) {
    this.#enhanced = enhanced;
    this.#clients = Array.from({ length: connections }, () => ({
      client: openMllpClient({ host, port, ackTimeoutMs, ...(tls && { tls }) }),
      busy: 0,
    }));
  }

  /** Throws as MllpClient.send does. */
  async send(call: Call, message: Uint8Array, write: boolean): Promise<MllpAnswer> {
    const chosen = this.#clients.reduce((best, each) => (each.busy < best.busy ? each : best));
    chosen.busy += 1;
    try {
      return await chosen.client.send(call, message, { write, awaitApplication: this.#enhanced });
    } finally {
      chosen.busy -= 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(({ client }) => client.close()));
  }
}
