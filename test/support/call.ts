/** A call as the dispatcher makes it, for tests of one adapter: recorded, bound to its origins, with the real mappings. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AdapterError, HisRecorder, originOf, type Call, type Feed, type HubBook } from '#adapter-kit';
import { loadContracts } from '../../src/contracts.ts';
import { loadMappings, type MappingLibrary } from '../../src/mapping/index.ts';

const ROOT = join(import.meta.dirname, '../..');

let library: MappingLibrary | undefined;

/** mappings/, compiled once per test file. */
export function mappingLibrary(): MappingLibrary {
  library ??= loadMappings(join(ROOT, 'mappings'), loadContracts(join(ROOT, 'contracts')));
  return library;
}

export interface TestCall extends Call {
  readonly recorder: HisRecorder;
  /** What the adapter logged. */
  readonly logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export interface TestCallOptions {
  /** Directory of mappings/. */
  readonly adapter: string;
  /** URLs whose origins may be called. */
  readonly urls: readonly string[];
  readonly signal?: AbortSignal;
  readonly transactionId?: string;
  readonly attempt?: number;
  readonly responseBytesMax?: number;
  readonly hubBook?: HubBook;
  readonly feed?: Feed;
}

/** A fresh call; another transaction each time unless one is given. Its deadline is ten seconds unless a signal is given. */
export function testCall(options: TestCallOptions): TestCall {
  const signal = options.signal ?? AbortSignal.timeout(10_000);
  const recorder = new HisRecorder({
    origins: options.urls.map((url) => originOf(new URL(url))),
    responseBytesMax: options.responseBytesMax ?? 5_000_000,
    signal,
  });
  const logged: TestCall['logged'] = [];
  return {
    recorder,
    logged,
    signal,
    transactionId: options.transactionId ?? randomUUID(),
    attempt: options.attempt ?? 1,
    fetch: recorder.fetch,
    begin: recorder.begin,
    map(name, input) {
      const mappings = mappingLibrary().for(options.adapter);
      if (!mappings)
        throw new AdapterError('misconfigured', 'no-mappings', `mappings/${options.adapter} does not exist`);
      return mappings.apply(name, input);
    },
    now: () => Date.now(),
    log: (message, fields = {}) => void logged.push({ message, fields }),
    ...(options.hubBook ? { hubBook: options.hubBook } : {}),
    ...(options.feed ? { feed: options.feed } : {}),
  };
}

/** Everything an iterable of pages gives, in one list. Throws a plain Error when there is no iterable. */
export async function collect<Item>(pages: AsyncIterable<readonly Item[]> | undefined): Promise<Item[]> {
  if (pages === undefined) throw new Error('the adapter does not declare this capability');
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
