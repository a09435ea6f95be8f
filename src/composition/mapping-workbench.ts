/** What mappings are, for commands and routes that only know that there are some: files, faults, trials, comparisons. */
import { join } from 'node:path';
import type { MappingRouteParts } from '../api/routes/mappings.ts';
import type { MappingDiff, MappingTexts, NamedMapping, RecordedInput } from '../commands/mapping-tools.ts';
import type { Contracts } from '../contracts.ts';
import { HubError } from '../domain/index.ts';
import {
  addExample,
  printJson,
  sumOf,
  WORKBENCH_CHILD,
  type NotSound,
  type WorkbenchAnswers,
  type WorkbenchTask,
} from '../mapping-tools/index.ts';
import {
  addCode,
  codeIn,
  filesOfDirectory,
  loadOneMapping,
  TrialPool,
  type MappingLibrary,
  type Stopped,
} from '../mapping/index.ts';

/** Of each kind of work two, so that one that goes on until it is stopped holds up nobody else's; and trials hold up no publication. */
const LIMITS = { children: 2, timeMs: 5_000 };
const TRIALS: ReadonlySet<WorkbenchTask['kind']> = new Set(['try', 'dry-run']);
/** Of recorded inputs in a batch: handing them over must not hold up who has requests to answer. */
const BATCH_CHARACTERS = 300_000;

export type Workbench = MappingRouteParts['tools'] & { close(): Promise<void> };

/** `directory`: mappings/; `contractsDirectory`: contracts/; `batchMs`: for all examples of a version, or a batch of recorded inputs. */
export function openWorkbench(
  library: MappingLibrary,
  directory: string,
  contracts: Contracts,
  contractsDirectory: string,
  batchMs = 20_000,
): Workbench {
  const builtIn = new Map<string, MappingTexts>();
  const pools = new Map<'trials' | 'judgements', TrialPool>();
  const poolOf = (kind: 'trials' | 'judgements'): TrialPool => {
    const pool = pools.get(kind) ?? new TrialPool(LIMITS, WORKBENCH_CHILD);
    pools.set(kind, pool);
    return pool;
  };
  const run = <Kind extends WorkbenchTask['kind']>(
    task: WorkbenchTask & { readonly kind: Kind },
    timeMs?: number,
  ): Promise<WorkbenchAnswers[Kind] | Stopped> =>
    poolOf(TRIALS.has(task.kind) ? 'trials' : 'judgements').run<WorkbenchAnswers[Kind]>(task, timeMs);
  const trialOf = (of: NamedMapping, texts: MappingTexts, input: unknown) => ({
    texts: Object.entries(texts),
    shown: shownOf(of),
    mapping: of.name,
    input,
    contracts: contractsDirectory,
  });
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
    async problems({ adapter, name }, texts) {
      const task = { kind: 'problems', contracts: contractsDirectory, adapter, name, texts } as const;
      const answer = await run(task, batchMs);
      return answer.kind === 'stopped' ? [whyStopped(answer, 'loading it and running its examples')] : answer.problems;
    },
    async diff({ adapter, name }, old, now, inputs) {
      const parts: MappingDiff[] = [];
      // With none they are loaded all the same: whether they do is part of the answer.
      for (const batch of batchesOf(inputs)) {
        const task = {
          kind: 'compare',
          contracts: contractsDirectory,
          adapter,
          name,
          old,
          now,
          inputs: batch,
        } as const;
        const { kind: _, ...compared } = orThrow(await run(task, batchMs), 'mapping what was recorded');
        parts.push(compared);
      }
      return sumOf(parts);
    },
    async coverage({ adapter, name }, texts) {
      const task = { kind: 'coverage', contracts: contractsDirectory, adapter, name, texts } as const;
      const { kind: _, ...report } = orThrow(await run(task, batchMs), 'running its examples');
      return report;
    },
    try: (of, texts, input) => run({ kind: 'try', ...trialOf(of, texts, input) }),
    dryRun: (of, texts, input) => run({ kind: 'dry-run', ...trialOf(of, texts, input) }),
    async saveExample(of, texts, input, path) {
      const answer = await run({ kind: 'dry-run', ...trialOf(of, texts, input) });
      if (answer.kind !== 'done' && answer.kind !== 'misfit') return answer;
      const { kind, differs, example } = answer;
      const mapping = `${of.name}.yaml`;
      const named = example && texts[path] === undefined ? addExample(texts[mapping] ?? '', path) : undefined;
      return {
        kind,
        differs,
        files: named === undefined ? null : { ...texts, [path]: printJson(example), [mapping]: named },
      };
    },
    withCode(texts, { table, side, code, value }) {
      const text = texts[table];
      if (text === undefined) return undefined;
      const pair = side === 'vendor' ? { vendor: code, canonical: value } : { vendor: value, canonical: code };
      const date = new Date().toISOString().slice(0, 10);
      const added = addCode(text, side, { ...pair, source: 'mapped by hand', date });
      return added === undefined ? undefined : { ...texts, [table]: added };
    },
    valueOf: (texts, { table, side, code }) => codeIn(texts[table] ?? '', side, code),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
    },
  };
}

const shownOf = ({ adapter, name }: NamedMapping): string => `${adapter}.${name}`;

/** At least one, if an empty one. */
function batchesOf(inputs: readonly RecordedInput[]): RecordedInput[][] {
  const batches: RecordedInput[][] = [[]];
  let characters = 0;
  for (const input of inputs) {
    if (characters > 0 && characters + input.text.length > BATCH_CHARACTERS) {
      batches.push([]);
      characters = 0;
    }
    batches.at(-1)?.push(input);
    characters += input.text.length;
  }
  return batches;
}

/** Errors: mapping-not-sound. */
function orThrow<Answer extends { readonly kind: string }>(answer: Answer | NotSound | Stopped, what: string): Answer {
  if (isNotSound(answer)) throw notSound('The version does not load: see "problems".', answer.problems);
  if (isStopped(answer)) throw notSound('The version was stopped: see "problems".', [whyStopped(answer, what)]);
  return answer;
}

const isNotSound = (answer: { readonly kind: string }): answer is NotSound => answer.kind === 'not-sound';
const isStopped = (answer: { readonly kind: string }): answer is Stopped => answer.kind === 'stopped';

const notSound = (detail: string, problems: readonly string[]): HubError =>
  new HubError('mapping-not-sound', detail, { members: { problems } });

const LIMITED: Readonly<Record<Stopped['why'], (limit: number) => string>> = {
  time: (limit) => `took longer than ${limit} ms: look for rules that read a list once for each of its items`,
  memory: (limit) => `took more memory than ${limit} MiB: look for rules that copy their input into each item`,
  size: (limit) => `gave more than ${limit} characters: look for rules that copy their input into each item`,
  fault: () => 'failed in the engine: please report it with the mapping',
};

const whyStopped = ({ why, limit }: Stopped, what: string): string => `${what} ${LIMITED[why](limit)}`;
