/** A simulated hospital, seen by its control port: what it really holds and saw. The hub does not know of it. */
import type { Fault, LookupProfile } from '#adapter-kit/simulator';

export interface Effect {
  readonly vendorId: string;
  readonly transactionId: string | null;
  readonly slotId: string;
  readonly status: 'booked' | 'cancelled';
  readonly version: number;
  readonly createdAt: string;
}

export interface Effects {
  readonly appointments: readonly Effect[];
  readonly requests: readonly {
    readonly at: string;
    readonly method: string;
    readonly path: string;
    readonly transactionId: string | null;
  }[];
}

export class Hospital {
  readonly key: string;
  readonly connectionId: string;
  readonly control: string;
  /** As it was set last. */
  lookup: LookupProfile = 'by-tag';

  constructor(key: string, connectionId: string, control: string) {
    this.key = key;
    this.connectionId = connectionId;
    this.control = control;
  }

  async effects(): Promise<Effects> {
    return (await this.#send('GET', '/effects')) as Effects;
  }

  async fault(fault: Fault): Promise<void> {
    await this.#send('POST', '/faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#send('DELETE', '/faults');
  }

  async profile(lookup: LookupProfile): Promise<void> {
    this.lookup = lookup;
    await this.#send('POST', '/profile', { lookup });
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.control + path, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${this.key} ${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  }
}
