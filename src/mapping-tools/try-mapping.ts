/** One message through one mapping, in a process that can be killed, with the rule that made each field. */
import { addExample } from './add-example.ts';
import { othersIn, type MappingRef } from './find-mappings.ts';
import { UsageError } from './finding.ts';
import type { Trial, TrialAnswer } from '../mapping/trial.ts';
import { TrialPool } from '../mapping/trial-pool.ts';

export type TriedMapping = Exclude<TrialAnswer, { readonly kind: 'refused' }>;

interface Pool {
  try(trial: Trial): Promise<TrialAnswer>;
}

/** For one after the other; to be disposed of. On a terminal nobody else waits, and a busy machine may be slow to load the contracts. */
export const openPool = (): TrialPool => new TrialPool({ children: 1, timeMs: 10_000 });

/** `contracts`: the directory contracts/. Throws UsageError for a mapping that does not load. */
export async function tryMapping(
  pool: Pool,
  ref: MappingRef,
  contracts: string,
  input: unknown,
): Promise<TriedMapping> {
  const { files, name: mapping, directory } = ref;
  const texts = new Map(othersIn(directory).map((path) => [path, files.read(path)]));
  texts.set(`${mapping}.yaml`, withExample(files.read(`${mapping}.yaml`), texts));
  const answer = await pool.try({ texts: [...texts], shown: files.shown, mapping, input, contracts });
  if (answer.kind !== 'refused') return answer;
  const lines = answer.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  throw new UsageError(`${files.shown}/${mapping}.yaml cannot be used as it is:\n${lines.join('\n')}`);
}

/** A mapping is tried before it has an example, and the hub would not load it then. */
function withExample(text: string, texts: Map<string, string>): string {
  if (!/^examples:\s*\[\s*\]/m.test(text)) return text;
  const path = 'until-there-is-one.json';
  texts.set(path, JSON.stringify({ input: {}, output: {} }));
  return addExample(text, path) ?? text;
}

/** What adapters do with a document before it is mapped: they put beside it what they know of the connection. */
export function withMembers(input: unknown, beside: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(beside).length === 0) return input;
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { ...beside, ...input };
  throw new UsageError('only an object can have something put beside it; this input is none');
}
