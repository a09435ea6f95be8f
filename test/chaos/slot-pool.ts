/** Free slots, given out to one client at a time unless a row wants otherwise. */
import type { Client } from './client.ts';
import type { Cluster } from './cluster.ts';

export interface PoolSlot {
  readonly id: string;
  /** Null where the HIS has no key for a slot. */
  readonly externalId: string | null;
  readonly start: string;
}

interface Page {
  readonly items: readonly PoolSlot[];
  readonly nextCursor: string | null;
}

export class SlotPool {
  readonly #free = new Map<string, PoolSlot[]>();
  readonly #all = new Map<string, PoolSlot>();

  /** `each`: slots of every connection, as many as there are up to this. */
  static async fill(cluster: Cluster, client: Client, each = 400): Promise<SlotPool> {
    const pool = new SlotPool();
    const { body } = await client.ask({ method: 'GET', path: '/v1/locations?limit=200' });
    const locations = (body as { items: { id: string; connectionId: string }[] }).items;
    for (const { key, id } of cluster.sandbox.connections) {
      const slots: PoolSlot[] = [];
      for (const location of locations.filter((one) => one.connectionId === id)) {
        slots.push(...(await pool.#read(client, location.id, each - slots.length)));
      }
      pool.#free.set(key, slots);
      for (const slot of slots) pool.#all.set(slot.id, slot);
    }
    return pool;
  }

  async #read(client: Client, locationId: string, count: number): Promise<PoolSlot[]> {
    const from = new Date(Date.now() + 3 * 3600_000).toISOString();
    const to = new Date(Date.now() + 21 * 24 * 3600_000).toISOString();
    const slots: PoolSlot[] = [];
    for (let cursor: string | null = ''; cursor !== null && slots.length < count;) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/slots?location=${locationId}&from=${from}&to=${to}&limit=200${more}`;
      const page = (await client.ask({ method: 'GET', path })).body as Page;
      slots.push(...page.items);
      cursor = page.nextCursor;
    }
    return slots.slice(0, count);
  }

  take(connection: string): PoolSlot | undefined {
    return this.#free.get(connection)?.shift();
  }

  /** For a slot that nobody has any more. */
  giveBack(connection: string, slotId: string): void {
    const slot = this.#all.get(slotId);
    if (slot) this.#free.get(connection)?.push(slot);
  }

  left(connection: string): number {
    return this.#free.get(connection)?.length ?? 0;
  }

  find(slotId: string): PoolSlot | undefined {
    return this.#all.get(slotId);
  }
}
