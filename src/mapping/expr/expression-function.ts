/** What a function of an expression is; functions.ts lists them. */
import type { Evaluation } from './evaluation.ts';

export interface ExpressionFunction {
  /** Arguments. */
  readonly least: number;
  readonly most: number;
  /** True when it is about the item where its first argument is left out. */
  readonly ofContext: boolean;
  run(parameters: readonly unknown[], run: Evaluation, position: number): unknown;
}
