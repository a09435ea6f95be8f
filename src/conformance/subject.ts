/** What the suite examines: an adapter with its simulator, its mappings and its own rows, found in its directory. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Adapter, HubBook, PlayedAnswer, SlotAtHis } from '../adapter-kit/index.ts';
import type { StartSimulator } from '../adapter-kit/simulator/index.ts';
import type { Contracts } from '../contracts.ts';
import { loadAdapterMappings } from '../mapping/index.ts';

/** An empty book of the hub's own, and free slots to enter into it. */
export interface HubSide {
  readonly book: HubBook;
  readonly slots: readonly SlotAtHis[];
}

export interface Subject {
  /** The adapter's directory name. */
  readonly id: string;
  readonly adapter: Adapter;
  readonly contracts: Contracts;
  /** Undefined for the hub's own book. */
  readonly startSimulator: StartSimulator | undefined;
  readonly mappings: ReturnType<typeof loadAdapterMappings> | undefined;
  /** The rows of the vendor's own table. */
  readonly answers: readonly PlayedAnswer[];
  /** For `managedBy: 'hub'`. */
  readonly openHubSide: (() => Promise<HubSide>) | undefined;
}

export interface SubjectParts {
  readonly contracts: Contracts;
  readonly openHubSide?: () => Promise<HubSide>;
}

/**
 * Loads adapters/<name>; its mappings are expected beside it, in ../../mappings/<name>. Throws a plain Error that says what is
 * missing, or MappingLoadError.
 */
export async function loadSubject(directory: string, parts: SubjectParts): Promise<Subject> {
  const path = resolve(directory);
  const id = basename(path);
  const adapter = await exportOf<Adapter>(path, 'index.ts');
  if (adapter?.manifest === undefined) {
    throw new Error(`${directory} is no adapter: expected an index.ts whose default export is made by defineAdapter()`);
  }
  const startSimulator = await exportOf<StartSimulator>(path, 'simulator.ts');
  if (startSimulator === undefined && adapter.manifest.managedBy === 'his') {
    throw new Error(`${directory} has no simulator.ts: without a HIS to talk to, nothing can be shown of an adapter`);
  }
  const mappings = join(path, '../../mappings', id);
  return {
    id,
    adapter,
    contracts: parts.contracts,
    startSimulator,
    mappings: existsSync(mappings) ? loadAdapterMappings(mappings, parts.contracts) : undefined,
    answers: (await exportOf<readonly PlayedAnswer[]>(path, 'conformance.ts')) ?? [],
    openHubSide: parts.openHubSide,
  };
}

async function exportOf<T>(directory: string, file: string): Promise<T | undefined> {
  const path = join(directory, file);
  if (!existsSync(path)) return undefined;
  return ((await import(pathToFileURL(path).href)) as { readonly default?: T }).default;
}
