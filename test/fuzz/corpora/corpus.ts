/** A corpus: inputs that are made to harm, by rule, each sent to a real hub at work. */
import type { Target } from './target.ts';

/** taken: it was read, and done or answered. refused: with a clear answer. closed: the connection, without one. */
export type Outcome = 'taken' | 'refused' | 'closed';

export interface Case {
  readonly name: string;
  /** Throws with words for what must not be. */
  run(target: Target): Promise<Outcome>;
}

export interface Corpus {
  readonly name: string;
  /** For the table: what is in it, and where it is sent. */
  readonly what: string;
  readonly at: string;
  cases(target: Target): Promise<readonly Case[]>;
}

/** Every nth, so that each kind is among a share. */
export const shareOf = <T>(all: readonly T[], share: number): readonly T[] =>
  all.filter((_, index) => index % Math.max(1, Math.round(1 / share)) === 0);

export const product = <A, B>(as: readonly A[], bs: readonly B[]): readonly (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const));
