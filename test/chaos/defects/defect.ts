/**
 * A planted defect: one rule of the hub taken away, by other text in its sources. A harness that does not find it proves nothing
 * about the hub that it finds no fault with.
 */
import type { Edit } from '../../support/plant-edits.ts';

export type { Edit };

export type Hunt =
  /** A row of the matrix, on real processes. A trial is the row's own. */
  | { readonly by: 'row'; readonly row: string }
  /** The seeded simulation. A trial is one seed of 100 operations. */
  | { readonly by: 'simulation' }
  /** The adapter's conformance suite, which looks at what the hub makes of a HIS's times. One trial: the suite. */
  | { readonly by: 'conformance'; readonly adapter: string };

export interface Defect {
  /** The file's name without .ts. */
  readonly name: string;
  /** What the hub does with it. */
  readonly what: string;
  /** The invariant that it breaks: I1 to I10 of docs/reliability.md, or what else must hold, in a word. */
  readonly breaks: string;
  readonly hunt: Hunt;
  readonly edits: readonly Edit[];
}
