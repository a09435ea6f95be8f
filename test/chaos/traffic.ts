/** Clients at work: several lanes at every connection, one appointment after the other, until told to end. */
import { Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import { live, newPatient, type LifeParts } from './life.ts';
import type { Random } from './random.ts';
import { SlotPool } from './slot-pool.ts';
import type { Journal } from './story.ts';

/** Of the clients: one more patient in so many appointments, whom the HIS does not know yet. */
const NEW_PATIENT_SHARE = 0.25;

export class Traffic {
  readonly client: Client;
  readonly pool: SlotPool;
  readonly journal: Journal;
  readonly #patients = new Map<string, string>();

  private constructor(client: Client, pool: SlotPool, journal: Journal) {
    this.client = client;
    this.pool = pool;
    this.journal = journal;
  }

  static async open(cluster: Cluster, journal: Journal, slotsEach?: number): Promise<Traffic> {
    const client = new Client(cluster, journal);
    return new Traffic(client, await SlotPool.fill(cluster, client, slotsEach), journal);
  }

  parts(random: Random, ending: AbortSignal): LifeParts {
    return { client: this.client, pool: this.pool, journal: this.journal, random, ending };
  }

  /** `lanes` clients at each of `connections`. They end their appointments when `ending` says so. */
  async run(connections: readonly string[], lanes: number, random: Random, ending: AbortSignal): Promise<void> {
    const all: Promise<void>[] = [];
    for (const connection of connections) {
      for (let lane = 0; lane < lanes; lane += 1)
        all.push(this.#lane(`${connection} ${lane}`, connection, random.fork(), ending));
    }
    await Promise.all(all);
  }

  async #lane(name: string, connection: string, random: Random, ending: AbortSignal): Promise<void> {
    const parts = this.parts(random, ending);
    while (!ending.aborted) {
      try {
        await live(parts, connection, await this.#patientOf(name, parts));
      } catch (error) {
        this.journal.unexpected.push(`${connection}: ${(error as Error).message}`);
      }
    }
  }

  /** Mostly the one of the lane. Two appointments of one patient at one time would refuse each other. */
  async #patientOf(lane: string, parts: LifeParts): Promise<string> {
    const present = this.#patients.get(lane);
    if (present !== undefined && !parts.random.chance(NEW_PATIENT_SHARE)) return present;
    const patientId = await newPatient(parts);
    this.#patients.set(lane, patientId);
    return patientId;
  }
}
