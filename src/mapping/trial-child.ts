/** What runs in a child process of a TrialPool: loads the texts it is sent, applies one mapping, and answers. */
import { loadContracts, type Contracts } from '../contracts.ts';
import { loadMappingTexts } from './library.ts';
import { MappingLoadError } from './mapping-error.ts';
import { ANSWER_CHARACTERS_MAX, type Trial, type TrialAnswer } from './trial.ts';

const contracts = new Map<string, Contracts>();

process.on('message', (trial: Trial) => {
  const text = JSON.stringify(answerOf(trial));
  process.send?.(
    text.length > ANSWER_CHARACTERS_MAX
      ? JSON.stringify({ kind: 'stopped', why: 'size', limit: ANSWER_CHARACTERS_MAX } satisfies TrialAnswer)
      : text,
  );
});
// What takes a second to load is loaded before the clock of the first trial runs.
const [, , usual] = process.argv;
if (usual !== undefined) contractsIn(usual);
process.send?.('ready');
// The process that asked is gone: nobody will read the answer.
process.on('disconnect', () => process.exit(0));

function answerOf({ texts, shown, mapping: name, input, contracts: directory }: Trial): TrialAnswer {
  try {
    const loaded = loadMappingTexts(new Map(texts), shown, contractsIn(directory));
    const mapping = loaded.mappings.get(name);
    if (!mapping) {
      const message = `there is no mapping "${name}"; there are ${loaded.names().join(', ')}`;
      return { kind: 'refused', problems: [{ file: shown, line: 1, column: 1, message }] };
    }
    const { output, error, ...recorded } = mapping.watched().observe(input);
    if (!error) return { kind: 'done', output: output ?? null, ...recorded };
    const { file, line, column, field, rule, sourcePath, found, expected, advice, message } = error;
    return {
      kind: 'misfit',
      error: { file, line, column, field, rule, sourcePath, found, expected, advice, message },
      ...recorded,
    };
  } catch (error) {
    if (error instanceof MappingLoadError) return { kind: 'refused', problems: error.problems };
    // Never the message: it may hold a part of the input.
    return { kind: 'stopped', why: 'fault', limit: 0 };
  }
}

function contractsIn(directory: string): Contracts {
  const known = contracts.get(directory);
  if (known) return known;
  const loaded = loadContracts(directory);
  contracts.set(directory, loaded);
  return loaded;
}
