/** Adapters of this repository as the conformance suite takes them, with a real Postgres for the hub's own book. */
import { join } from 'node:path';
import { loadSubjects, type Subject } from '../../src/conformance/index.ts';
import { listAdapters } from '../../src/connections/load-adapters.ts';
import { loadContracts } from '../../src/contracts.ts';
import { openEmptyBook } from '../../src/sandbox/empty-book.ts';
import { createTestDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '../..');
const ADAPTERS = join(ROOT, 'adapters');

/** In the order of the report: what is listed, and the template. */
export const ADAPTER_NAMES: readonly string[] = [...listAdapters(ADAPTERS), '_template'];

export interface Subjects {
  /** The adapter, and after it its variants. */
  load(name: string): Promise<readonly [Subject, ...Subject[]]>;
  close(): Promise<void>;
}

export async function conformanceSubjects(): Promise<Subjects> {
  const database = await createTestDatabase();
  const parts = {
    contracts: loadContracts(join(ROOT, 'contracts')),
    openHubBook: () => openEmptyBook(database.db),
  };
  return { load: (name) => loadSubjects(join(ADAPTERS, name), parts), close: () => database.drop() };
}
