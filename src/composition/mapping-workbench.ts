/** What mappings are, for commands and routes that only know that there are some: files, faults, trials, comparisons. */
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import type { MappingRouteParts } from '../api/routes/mappings.ts';
import type {
  MappingDiff,
  MappingTexts,
  NamedMapping,
  RecordedInput,
  TouchedField,
} from '../commands/mapping-tools.ts';
import type { Contracts } from '../contracts.ts';
import { HubError } from '../domain/index.ts';
import {
  diffOverRecorded,
  lintMappings,
  openSound,
  reportCoverage,
  runGolden,
  UsageError,
  type MappingRef,
} from '../mapping-tools/index.ts';
import {
  addCode,
  filesAtHand,
  filesOfDirectory,
  loadOneMapping,
  MappingError,
  TrialPool,
  type MappingLibrary,
} from '../mapping/index.ts';

/** Inputs between two looks at what else there is to do. */
const INPUTS_OF_A_TURN = 5;
const RECORDS_NAMED = 3;

export type Workbench = MappingRouteParts['tools'] & { close(): Promise<void> };

/** `directory`: mappings/; `contractsDirectory`: contracts/. */
export function openWorkbench(
  library: MappingLibrary,
  directory: string,
  contracts: Contracts,
  contractsDirectory: string,
): Workbench {
  const builtIn = new Map<string, MappingTexts>();
  let pool: TrialPool | undefined;
  const described = (adapter: string) =>
    library
      .all()
      .filter((each) => each.adapter === adapter)
      .map(({ mapping: { name, description } }) => ({ name, description }));
  return {
    described,
    names: (adapter) => described(adapter).map(({ name }) => name),
    builtIn(of) {
      const shown = shownOf(of);
      const known = builtIn.get(shown);
      if (known || !described(of.adapter).some(({ name }) => name === of.name)) return known;
      const files = filesOfDirectory(join(directory, of.adapter), shown);
      const texts = Object.fromEntries(loadOneMapping(files, of.name, contracts).texts);
      builtIn.set(shown, texts);
      return texts;
    },
    problems(of, texts) {
      const ref = refOf(of, texts);
      const found = lintMappings({ files: ref.files, names: [of.name], others: others(texts) }, contracts);
      const examples = runGolden(ref, contracts).flatMap(({ example, problems }) =>
        problems.map((problem) => (example === undefined ? problem : `${example}: ${problem}`)),
      );
      return [
        ...found.map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code}: ${message}`),
        ...examples,
      ];
    },
    diff: (of, old, now, inputs) =>
      orNotSound(() => diff(openSound(...opened(of, old)).mapping, openSound(...opened(of, now)).mapping, inputs)),
    coverage: (of, texts) => {
      try {
        return reportCoverage(refOf(of, texts), contracts);
      } catch (error) {
        throw notSound(error);
      }
    },
    try(of, texts, input) {
      pool ??= new TrialPool({ children: 1, timeMs: 5_000 });
      const { name: mapping } = of;
      return pool.try({
        texts: Object.entries(texts),
        shown: shownOf(of),
        mapping,
        input,
        contracts: contractsDirectory,
      });
    },
    withCode(texts, { table, side, code, value }) {
      const text = texts[table];
      if (text === undefined) return undefined;
      const pair = side === 'vendor' ? { vendor: code, canonical: value } : { vendor: value, canonical: code };
      const date = new Date().toISOString().slice(0, 10);
      const added = addCode(text, side, { ...pair, source: 'mapped by hand', date });
      return added === undefined ? undefined : { ...texts, [table]: added };
    },
    async close() {
      await pool?.[Symbol.asyncDispose]();
    },
  };

  function opened(of: NamedMapping, texts: MappingTexts): Parameters<typeof openSound> {
    return [refOf(of, texts).files, of.name, contracts];
  }
}

const shownOf = ({ adapter, name }: NamedMapping): string => `${adapter}.${name}`;

const refOf = (of: NamedMapping, texts: MappingTexts): MappingRef => ({
  ...of,
  files: filesAtHand(new Map(Object.entries(texts)), shownOf(of)),
  directory: '',
});

const others = (texts: MappingTexts): string[] =>
  Object.keys(texts)
    .filter((path) => !path.endsWith('.yaml'))
    .toSorted();

function notSound(error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  return new HubError('mapping-not-sound', 'The version does not load: see "problems".', {
    members: { problems: error.message.split('\n').slice(1) },
  });
}

async function orNotSound<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw notSound(error);
  }
}

type Apply = { apply(input: unknown): unknown };

/** In turns: the process has requests to answer meanwhile. */
async function diff(old: Apply, now: Apply, inputs: readonly RecordedInput[]): Promise<MappingDiff> {
  const sum = { total: 0, same: 0, changed: 0, failed: 0, recovered: 0, bothFailed: 0 };
  const changed = new Touched();
  const failed = new Touched();
  for (let start = 0; start < inputs.length; start += INPUTS_OF_A_TURN) {
    for (const input of inputs.slice(start, start + INPUTS_OF_A_TURN)) {
      let refused: MappingError | undefined;
      const told: Apply = {
        apply(given) {
          try {
            return now.apply(given);
          } catch (error) {
            if (error instanceof MappingError) refused = error;
            throw error;
          }
        },
      };
      const one = diffOverRecorded(old, told, [input]);
      for (const key of ['total', 'same', 'changed', 'failed', 'recovered', 'bothFailed'] as const)
        sum[key] += one[key];
      for (const { field } of one.fields) changed.add(field, input.id);
      if (one.failed > 0) failed.add(pointerOf(refused?.field ?? ''), input.id);
    }
    await breath();
  }
  return { ...sum, changedFields: changed.fields(), failedFields: failed.fields() };
}

/** `identifiers[].value` as /identifiers/\*\/value. */
const pointerOf = (field: string): string => `/${field.replaceAll('[]', '.*').split('.').join('/')}`;

class Touched {
  readonly #fields = new Map<string, { messages: number; records: string[] }>();

  add(field: string, record: string): void {
    const known = this.#fields.get(field) ?? { messages: 0, records: [] };
    this.#fields.set(field, known);
    known.messages += 1;
    if (known.records.length < RECORDS_NAMED) known.records.push(record);
  }

  fields(): TouchedField[] {
    return [...this.#fields].map(([field, rest]) => ({ field, ...rest })).toSorted((a, b) => b.messages - a.messages);
  }
}
