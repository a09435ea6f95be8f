/** One run of an expression: what it may cost, and how it fails. */
import { typeFound, type Found } from '../mapping-error.ts';

/** `position`: in characters of the expression, from 1. Throws. */
export type Refuse = (position: number, found: Found, expected: string, advice: string) => never;

/** One step is about one member looked up, one item visited or 64 characters handled: a second is some 20 million. */
const STEPS_MAX = 200_000;
export const TEXT_MAX = 100_000;

export class Evaluation {
  readonly root: unknown;
  private readonly refuse: Refuse;
  private left = STEPS_MAX;

  constructor(root: unknown, refuse: Refuse) {
    this.root = root;
    this.refuse = refuse;
  }

  get spent(): number {
    return STEPS_MAX - this.left;
  }

  spend(steps: number, position: number): void {
    this.left -= steps;
    if (this.left >= 0) return;
    this.refuse(
      position,
      'array',
      `a result within ${STEPS_MAX} steps`,
      'Filter earlier, or split the rule: this much is no single field.',
    );
  }

  /** Charges for a text, and refuses one that is too long. */
  text(text: string, position: number): string {
    this.ofLength(text.length, position);
    return text;
  }

  ofLength(length: number, position: number): void {
    this.spend(1 + (length >> 6), position);
    if (length > TEXT_MAX)
      this.refuse(
        position,
        'text',
        `a text of at most ${TEXT_MAX} characters`,
        'Take a part of it by $substring first.',
      );
  }

  fail(
    position: number,
    value: unknown,
    expected: string,
    advice = 'Correct the expression, or what it is given.',
  ): never {
    return this.refuse(position, typeFound(value), expected, advice);
  }
}

/** A compiled expression, or a part of one: answers a value of JSON, or undefined. */
export type Evaluate = (context: unknown, run: Evaluation) => unknown;
