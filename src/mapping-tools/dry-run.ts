/** A real message through a mapping, told without anything of a patient: what became of it, and a redacted example that shows the same. */
import type { Contracts } from '../contracts.ts';
import { pointerParts } from '../domain/json-pointer.ts';
import { differences } from '../mapping/example.ts';
import type { Misfit, Site } from '../mapping/mapping-error.ts';
import { answerOf, openTrial } from '../mapping/trial-answer.ts';
import type { Trial, TrialAnswer } from '../mapping/trial.ts';
import { mayShow } from './contract-schema.ts';
import { redactInput } from './redact-input.ts';

/** `error` of a misfit never holds a value. */
export interface DryRun {
  readonly kind: 'done' | 'misfit';
  readonly error?: Site & Misfit & { readonly message: string };
  /** Null: the redacted input does not show what the real one does. */
  readonly example: { readonly input: unknown; readonly output?: unknown; readonly error?: string } | null;
  /** Then: at which fields of the output, as pointers. */
  readonly differs: readonly string[];
}

type Seen = Extract<TrialAnswer, { kind: 'done' | 'misfit' }>;

export function dryRun(trial: Trial, contracts: Contracts): DryRun | Extract<TrialAnswer, { kind: 'refused' }> {
  const watched = openTrial(trial, contracts);
  if (!('observe' in watched)) return watched;
  const { from, to } = watched.mapping.contractNames;
  const { openapi } = contracts;
  const mayShowOutput = (pointer: string): boolean => to !== undefined && mayShow(openapi, to, segmentsOf(pointer));
  const mayShowInput =
    from === undefined ? undefined : (pointer: string) => mayShow(openapi, from, segmentsOf(pointer));
  const real = answerOf(watched.observe(trial.input));
  const { input, kept } = redactInput(trial.input, real, trial.texts, { mayShowOutput, mayShowInput });
  const told = answerOf(watched.observe(input));
  const differs = differing(real, told, (pointer) => {
    if (mayShowOutput(pointer)) return true;
    const made = real.made.find(({ at }) => at === pointer);
    return made !== undefined && [...made.from, ...made.asked].every((each) => kept.has(each));
  });
  return {
    kind: real.kind,
    ...(real.kind === 'misfit' ? { error: real.error } : {}),
    example: differs.length > 0 ? null : { input, ...outcomeOf(told) },
    differs,
  };
}

const outcomeOf = (answer: Seen): { readonly output: unknown } | { readonly error: string } =>
  answer.kind === 'done' ? { output: answer.output } : { error: `field "${answer.error.field}"` };

/** Where the two are not alike in what may be compared; of errors, their place. */
function differing(real: Seen, told: Seen, isCompared: (pointer: string) => boolean): string[] {
  if (real.kind === 'misfit' || told.kind === 'misfit') {
    const places = [real, told].map((each) =>
      each.kind === 'misfit' ? JSON.stringify([each.error.line, each.error.column, each.error.expected]) : '',
    );
    if (places[0] === places[1]) return [];
    return [told.kind === 'misfit' ? told.error.field : real.kind === 'misfit' ? real.error.field : ''];
  }
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
  const found = [...differences(plain(told.output), plain(real.output))];
  // A value that is there in one only shows that the other was read otherwise, whatever it says.
  return found
    .filter(({ pointer, actual, expected }) => actual === undefined || expected === undefined || isCompared(pointer))
    .map(({ pointer }) => pointer);
}

const segmentsOf = (pointer: string): string[] =>
  pointerParts(pointer).map((part) => (/^\d+$/.test(part) ? '[]' : part));
