/** The control side of a simulator, from outside: what it really holds, what shall go wrong in it, what somebody changes. */
import type {
  Edit,
  Fault,
  LookupProfile,
  SimulatedLocation,
  SimulatedPatient,
  SimulatedProvider,
  SimulatedSlot,
  Violation,
} from '../adapter-kit/simulator/index.ts';

export interface Effect {
  readonly vendorId: string;
  readonly transactionId: string | null;
  readonly slotId: string;
  readonly status: 'booked' | 'cancelled';
}

export interface SimulatedWorld {
  readonly locations: readonly SimulatedLocation[];
  readonly providers: readonly SimulatedProvider[];
  readonly patients: readonly SimulatedPatient[];
}

export class Control {
  readonly #url: string;

  constructor(controlUrl: string) {
    this.#url = controlUrl;
  }

  async effects(): Promise<readonly Effect[]> {
    return (await this.#send<{ appointments: readonly Effect[] }>('GET', 'effects')).appointments;
  }

  /** How many requests the HIS has seen. */
  async requestCount(): Promise<number> {
    return (await this.#send<{ requests: readonly unknown[] }>('GET', 'effects')).requests.length;
  }

  world(): Promise<SimulatedWorld> {
    return this.#send('GET', 'world');
  }

  /** What the HIS holds as free, starting in [from, to): RFC 3339. */
  async freeSlots(from: string, to: string): Promise<readonly SimulatedSlot[]> {
    const query = new URLSearchParams({ from, to });
    return (await this.#send<{ slots: readonly SimulatedSlot[] }>('GET', `slots?${query.toString()}`)).slots;
  }

  async isFree(slotId: string): Promise<boolean> {
    const slots = await this.freeSlots('2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z');
    return slots.some(({ id }) => id === slotId);
  }

  async fault(fault: Fault): Promise<void> {
    await this.#send('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#send('DELETE', 'faults');
  }

  async profile(lookup: LookupProfile): Promise<void> {
    await this.#send('POST', 'profile', { lookup });
  }

  /** The keys of what was touched. */
  edit(edit: Edit): Promise<Readonly<Record<string, string>>> {
    return this.#send('POST', 'edit', edit);
  }

  /** Has the HIS post what changes there. */
  async push(url: string, secret: string): Promise<void> {
    await this.#send('POST', 'push', { url, secret });
  }

  async strict(on: boolean): Promise<readonly Violation[]> {
    return (await this.#send<{ violations: readonly Violation[] }>('POST', 'strict', { on })).violations;
  }

  async violations(): Promise<readonly Violation[]> {
    return (await this.#send<{ violations: readonly Violation[] }>('GET', 'strict')).violations;
  }

  async #send<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const response = await fetch(`${this.#url}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator refuses ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Body;
  }
}
