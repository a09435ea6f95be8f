/**
 * The newest head of each organization, kept in a file of the data directory: outside the database, so that it is noticed
 * when an end of the chain is cut off there, with its heads. Also in the log, for those who gather logs elsewhere.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../domain/index.ts';
import type { SignedHead } from './chain.ts';
import type { KnownHead } from './verify.ts';

export const headsFile = (dataDir: string): string => join(dataDir, 'audit-heads.ndjson');

/** Of each organization at most so often. */
const LOGGED_EVERY_MS = 60_000;

/** Lines of JSON that name a head, those of the log among them; other lines are passed over. */
export function headsIn(text: string): readonly KnownHead[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { organizationId, sequence, hash } = JSON.parse(line) as Record<string, unknown>;
      return typeof organizationId === 'string' && typeof sequence === 'number' && typeof hash === 'string'
        ? [{ organizationId, sequence, hash }]
        : [];
    } catch {
      return [];
    }
  });
}

/** Empty where there is no such file. */
export async function readHeads(file: string): Promise<readonly KnownHead[]> {
  try {
    return headsIn(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export class KnownHeads {
  readonly #file: string;
  readonly #log: Log;
  readonly #newest = new Map<string, KnownHead>();
  readonly #unlogged = new Map<string, KnownHead & { readonly kid: string }>();
  readonly #loggedAt = new Map<string, number>();

  private constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  static async open(dataDir: string, log: Log): Promise<KnownHeads> {
    const file = headsFile(dataDir);
    const kept = new KnownHeads(file, log);
    kept.#raise(await readHeads(file));
    return kept;
  }

  /** To be called also when there is nothing new: a head that was kept back is logged then. */
  async keep(heads: readonly SignedHead[]): Promise<void> {
    for (const { organizationId, sequence, hash, kid } of heads) {
      this.#unlogged.set(organizationId, { organizationId, sequence, hash, kid });
    }
    this.#tell(Date.now() - LOGGED_EVERY_MS);
    if (heads.length === 0) return;
    // Another worker of this data directory may have kept newer ones.
    this.#raise(await readHeads(this.#file));
    this.#raise(heads);
    const draft = `${this.#file}.${process.pid}`;
    await writeFile(draft, [...this.#newest.values()].map((each) => `${JSON.stringify(each)}\n`).join(''));
    await rename(draft, this.#file);
  }

  /** Logs what was kept back. */
  close(): void {
    this.#tell(Number.POSITIVE_INFINITY);
  }

  /** Never to a lower sequence. */
  #raise(heads: readonly KnownHead[]): void {
    for (const { organizationId, sequence, hash } of heads) {
      if ((this.#newest.get(organizationId)?.sequence ?? -1) < sequence)
        this.#newest.set(organizationId, { organizationId, sequence, hash });
    }
  }

  #tell(unlessSince: number): void {
    for (const [organizationId, head] of this.#unlogged) {
      if ((this.#loggedAt.get(organizationId) ?? 0) > unlessSince) continue;
      this.#log.info({ ...head }, 'audit.head');
      this.#loggedAt.set(organizationId, Date.now());
      this.#unlogged.delete(organizationId);
    }
  }
}
