/** One simulated HIS: its book, its faults, what it saw, and how a lost booking can be found again in it. */
import { join } from 'node:path';
import { SimulatedBook } from './book.ts';
import { FaultBoard } from './faults.ts';
import { GENERIC_QUIRKS, SlotRace, clockSkewMs, shiftMinutes } from './generic-quirks.ts';
import { openJsonLines, type JsonLines } from './json-lines.ts';
import { Quirks, Strictness, type QuirkDeclaration } from './quirks.ts';
import type { World } from './world.ts';

/**
 * How a lost booking can be found again.
 * idempotency-key      the same request again answers with the first result; searches work as in by-tag
 * by-tag               a search shows the hub's reference
 * by-patient-and-time  a search shows the appointment, but not the hub's reference
 * none                 no search of appointments at all
 */
export const LOOKUP_PROFILES = ['idempotency-key', 'by-tag', 'by-patient-and-time', 'none'] as const;
export type LookupProfile = (typeof LOOKUP_PROFILES)[number];

/** `path` has no query: a patient search carries names there. */
export interface SeenRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly transactionId: string | null;
}

/** The newest this many requests are kept in memory; the file has them all. */
const SEEN_MAX = 100_000;

export class SimulatedHis {
  readonly book: SimulatedBook;
  readonly faults: FaultBoard;
  readonly quirks: Quirks;
  readonly strict = new Strictness();
  readonly race = new SlotRace();
  readonly seed: number;
  readonly #requests: JsonLines<SeenRequest>;
  readonly #profiles: JsonLines<{ readonly lookup: LookupProfile }>;
  #seen: SeenRequest[] = [];
  #lookup: LookupProfile = 'by-tag';

  /** `directory` holds everything that survives a restart: the book, the requests, the profile. Faults, quirks and strictness do not survive. */
  constructor(world: World, directory: string, seed: number, quirks: readonly QuirkDeclaration[] = []) {
    this.seed = seed;
    this.quirks = new Quirks([...quirks, ...GENERIC_QUIRKS]);
    this.book = new SimulatedBook(world, directory, seed, {
      hasOtherPatientKeys: () => this.quirks.on('G4'),
      shiftMinutes: () => shiftMinutes(this),
    });
    this.faults = new FaultBoard(seed);
    this.#requests = openJsonLines<SeenRequest>(join(directory, 'requests.jsonl'), (line) => this.#keep(line));
    this.#profiles = openJsonLines<{ readonly lookup: LookupProfile }>(
      join(directory, 'profile.jsonl'),
      ({ lookup }) => {
        this.#lookup = lookup;
      },
    );
  }

  get lookup(): LookupProfile {
    return this.#lookup;
  }

  set lookup(lookup: LookupProfile) {
    this.#profiles.append({ lookup });
    this.#lookup = lookup;
  }

  /** The vendor's clock, ms since the epoch: quirk G1. */
  now(): number {
    return Date.now() + clockSkewMs(this);
  }

  seen(): readonly SeenRequest[] {
    return this.#seen;
  }

  see(request: Omit<SeenRequest, 'at'>): void {
    const seen = { at: new Date().toISOString(), ...request };
    this.#requests.append(seen);
    this.#keep(seen);
  }

  close(): void {
    this.book.close();
    this.#requests.close();
    this.#profiles.close();
  }

  #keep(request: SeenRequest): void {
    this.#seen.push(request);
    if (this.#seen.length > SEEN_MAX * 1.1) this.#seen = this.#seen.slice(-SEEN_MAX);
  }
}
