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
  /** A further way to be configured, where the adapter has several: its name. */
  readonly variant: string | undefined;
  /** The config of that variant, for a simulator that listens at `url`. */
  readonly configAt: ((url: string) => Config) | undefined;
  readonly adapter: Adapter;
  readonly contracts: Contracts;
  /** Undefined for the hub's own book. */
  readonly startSimulator: StartSimulator | undefined;
  readonly mappings: ReturnType<typeof loadAdapterMappings> | undefined;
  /** The rows of the vendor's own table. */
  readonly answers: readonly PlayedAnswer[];
  /** For `managedBy: 'hub'`. */
  readonly openHubBook: (() => Promise<HubSide>) | undefined;
}

type Config = Readonly<Record<string, unknown>>;

/** What adapters/<name>/conformance.ts exports; each is optional. */
interface Extras {
  readonly default?: readonly PlayedAnswer[];
  /** Other configs than the simulator's own, by name: each is examined as an adapter of its own, without the rows. */
  readonly variants?: Readonly<Record<string, (url: string) => Config>>;
}

export interface SubjectParts {
  readonly contracts: Contracts;
  readonly openHubBook?: () => Promise<HubSide>;
}

/**
 * Loads adapters/<name>, and its variants after it; its mappings are expected beside it, in ../../mappings/<name>. Throws a plain Error that says what is
 * missing, or MappingLoadError.
 */
export async function loadSubjects(directory: string, parts: SubjectParts): Promise<readonly [Subject, ...Subject[]]> {
  const path = resolve(directory);
  const id = basename(path);
  const adapter = (await moduleIn<{ readonly default?: Adapter }>(path, 'index.ts'))?.default;
  if (adapter?.manifest === undefined) {
    throw new Error(`${directory} is no adapter: expected an index.ts whose default export is made by defineAdapter()`);
  }
  const startSimulator = (await moduleIn<{ readonly default?: StartSimulator }>(path, 'simulator.ts'))?.default;
  const extras = await moduleIn<Extras>(path, 'conformance.ts');
  if (startSimulator === undefined && adapter.manifest.managedBy === 'his') {
    throw new Error(`${directory} has no simulator.ts: without a HIS to talk to, nothing can be shown of an adapter`);
  }
  const mappings = join(path, '../../mappings', id);
  const subject: Subject = {
    id,
    variant: undefined,
    configAt: undefined,
    adapter,
    contracts: parts.contracts,
    startSimulator,
    mappings: existsSync(mappings) ? loadAdapterMappings(mappings, parts.contracts) : undefined,
    answers: extras?.default ?? [],
    openHubBook: adapter.manifest.managedBy === 'hub' ? hubBookFrom(parts, directory) : undefined,
  };
  const variants = Object.entries(extras?.variants ?? {});
  return [subject, ...variants.map(([variant, configAt]) => ({ ...subject, variant, configAt, answers: [] }))];
}

function hubBookFrom({ openHubBook }: SubjectParts, directory: string): () => Promise<HubSide> {
  if (openHubBook !== undefined) return openHubBook;
  throw new Error(`${directory} writes to the hub's own book, and there is none here to write to`);
}

async function moduleIn<Module>(directory: string, file: string): Promise<Module | undefined> {
  const path = join(directory, file);
  return existsSync(path) ? ((await import(pathToFileURL(path).href)) as Module) : undefined;
}
