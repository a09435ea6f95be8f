/** The conformance suite over one adapter's directory, wherever it lies; for the command line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  asMarkdown,
  asText,
  failuresIn,
  loadSubjects,
  runConformance,
  type AdapterReport,
  type HubSide,
} from '../conformance/index.ts';
import { loadContracts } from '../contracts.ts';
import { openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { openEmptyBook } from './empty-book.ts';

const ROOT = join(import.meta.dirname, '../..');
const KIT = {
  '#adapter-kit': join(ROOT, 'src/adapter-kit/index.ts'),
  '#adapter-kit/simulator': join(ROOT, 'src/adapter-kit/simulator/index.ts'),
};

interface Checked {
  readonly id: string;
  readonly failures: readonly string[];
  readonly text: string;
  readonly json: AdapterReport;
}

/** One after the other: each measures time. */
export async function checkAdapters(
  directories: readonly string[],
  each: (checked: Checked) => void,
): Promise<{ readonly page: string }> {
  const reports: AdapterReport[] = [];
  for (const directory of directories) {
    for await (const report of checkAdapter(directory)) {
      const failures = failuresIn(report).map(({ id, detail }) => `${id}: ${detail ?? ''}`);
      each({ id: report.id, failures, text: asText(report), json: report });
      reports.push(report);
    }
  }
  return { page: asMarkdown(reports) };
}

/** Throws a plain Error when there is no adapter to check. Whether it keeps the contract is in the report. */
async function* checkAdapter(directory: string): AsyncGenerator<AdapterReport> {
  const isOutside = relative(ROOT, resolve(directory)).startsWith('..');
  if (isOutside) resolveKitFor(resolve(directory));
  const scratch = new ScratchDatabase();
  try {
    const openHubBook = async (): Promise<HubSide> => openEmptyBook(await scratch.open());
    const contracts = loadContracts(join(ROOT, 'contracts'));
    for (const subject of await loadSubjects(directory, { contracts, openHubBook }))
      yield await runConformance(subject);
  } finally {
    await scratch.close();
  }
}

/** Outside this repository no package.json says what `#adapter-kit` is; nor, perhaps, that files are ES modules. */
function resolveKitFor(directory: string): void {
  const below = `${pathToFileURL(directory).href}/`;
  registerHooks({
    resolve(specifier, context, next) {
      const kit = Object.entries(KIT).find(([name]) => name === specifier)?.[1];
      if (kit !== undefined) return next(pathToFileURL(kit).href, context);
      const resolved = next(specifier, context);
      const isTheirs = resolved.url.startsWith(below) && resolved.url.endsWith('.ts');
      return isTheirs ? { ...resolved, format: 'module-typescript' } : resolved;
    },
  });
}

/** An embedded Postgres in a directory of its own, started when first needed: only the hub's own book needs one. */
class ScratchDatabase {
  #opening: Promise<{ db: ReturnType<typeof openDatabase>; stop: () => Promise<void> }> | undefined;

  async open(): Promise<ReturnType<typeof openDatabase>> {
    this.#opening ??= start();
    return (await this.#opening).db;
  }

  async close(): Promise<void> {
    await (await this.#opening)?.stop();
  }
}

async function start(): Promise<{ db: ReturnType<typeof openDatabase>; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'conformance-postgres-'));
  const { startEmbeddedPostgres } = await import('../db/embedded/index.ts');
  const postgres = await startEmbeddedPostgres({
    dataDir: join(directory, 'postgres'),
    database: 'tessera',
    ephemeral: true,
    log: () => {},
  });
  const db = openDatabase(postgres.url, { onError: () => {} });
  await migrate(db);
  return {
    db,
    stop: async () => {
      await db.close();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
