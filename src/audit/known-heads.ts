/**
 * The newest head of each organization, kept in a file of the data directory: outside the database, so that an end of the chain that
 * is cut off there, with its heads, is missed. Also in the log, for those who gather logs elsewhere.
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
  readonly #newest: Map<string, KnownHead>;
  readonly #loggedAt = new Map<string, number>();

  private constructor(file: string, log: Log, newest: Map<string, KnownHead>) {
    this.#file = file;
    this.#log = log;
    this.#newest = newest;
  }

  static async open(dataDir: string, log: Log): Promise<KnownHeads> {
    const file = headsFile(dataDir);
    const known = await readHeads(file);
    return new KnownHeads(file, log, new Map(known.map((each) => [each.organizationId, each])));
  }

  async keep(heads: readonly SignedHead[]): Promise<void> {
    for (const { organizationId, sequence, hash, kid } of heads) {
      this.#newest.set(organizationId, { organizationId, sequence, hash });
      if (Date.now() - (this.#loggedAt.get(organizationId) ?? 0) < LOGGED_EVERY_MS) continue;
      this.#loggedAt.set(organizationId, Date.now());
      this.#log.info({ organizationId, sequence, hash, kid }, 'audit.head');
    }
    const draft = `${this.#file}.${process.pid}`;
    await writeFile(draft, [...this.#newest.values()].map((each) => `${JSON.stringify(each)}\n`).join(''));
    await rename(draft, this.#file);
  }
}
