/** What becomes of one input: the texts are loaded, and one mapping is applied and watched. Only for a process that can be killed. */
import type { Contracts } from '../contracts.ts';
import { loadMappingTexts } from './library.ts';
import { MappingLoadError } from './mapping-error.ts';
import type { Trial, TrialAnswer } from './trial.ts';
import type { Observation, WatchedMapping } from './watched-mapping.ts';

export function answerTrial({ texts, shown, mapping: name, input }: Trial, contracts: Contracts): TrialAnswer {
  const watched = openTrial({ texts, shown, mapping: name }, contracts);
  return 'observe' in watched ? answerOf(watched.observe(input)) : watched;
}

/** The mapping, to be watched at work; or why there is none. */
export function openTrial(
  { texts, shown, mapping: name }: Pick<Trial, 'texts' | 'shown' | 'mapping'>,
  contracts: Contracts,
): WatchedMapping | Extract<TrialAnswer, { kind: 'refused' }> {
  try {
    const loaded = loadMappingTexts(new Map(texts), shown, contracts);
    const mapping = loaded.mappings.get(name);
    if (mapping) return mapping.watched();
    const message = `there is no mapping "${name}"; there are ${loaded.names().join(', ')}`;
    return { kind: 'refused', problems: [{ file: shown, line: 1, column: 1, message }] };
  } catch (error) {
    if (error instanceof MappingLoadError) return { kind: 'refused', problems: error.problems };
    throw error;
  }
}

export function answerOf({ output, error, ...recorded }: Observation): Extract<TrialAnswer, { source: unknown }> {
  if (!error) return { kind: 'done', output: output ?? null, ...recorded };
  const { file, line, column, field, rule, sourcePath, found, expected, advice, message } = error;
  return {
    kind: 'misfit',
    error: { file, line, column, field, rule, sourcePath, found, expected, advice, message },
    ...recorded,
  };
}
