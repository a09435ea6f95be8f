/** What is asked of a child process that tries a mapping out, and what it answers. */
import type { LoadProblem, Misfit, Site } from './mapping-error.ts';
import type { Recorded } from './recorder.ts';

/** Longer answers are not read: the process that asked would be held up by reading them. */
export const ANSWER_CHARACTERS_MAX = 2_000_000;

export interface Trial {
  /** The files by their path: slot.yaml, codes/modes.csv, examples/slot.json. */
  readonly texts: readonly (readonly [path: string, text: string])[];
  /** As messages call the set: mappings/x. */
  readonly shown: string;
  /** The mapping to apply. */
  readonly mapping: string;
  readonly input: unknown;
  /** The directory contracts/. */
  readonly contracts: string;
}

export type TrialAnswer =
  | ({ readonly kind: 'done'; readonly output: unknown } & Recorded)
  | ({ readonly kind: 'misfit'; readonly error: Site & Misfit & { readonly message: string } } & Recorded)
  | { readonly kind: 'refused'; readonly problems: readonly LoadProblem[] }
  | Stopped;

/** time: in ms; memory: in MiB; size: of the answer, in characters; fault: of the engine. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly why: 'time' | 'memory' | 'size' | 'fault';
  readonly limit: number;
}
