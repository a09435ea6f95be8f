/** What is wrong with a message that cannot be read. Names the place, never what stands there: it may be a patient's. */
import { AdapterError } from '../adapter-error.ts';

/**
 * empty            no bytes
 * no-header        the first segment is not MSH
 * header-cut-off   MSH ends before MSH-2
 * delimiters       MSH-1/MSH-2 are not four or five different signs
 * second-header    there is another MSH: two messages where there may be one
 * too-many-parts   more fields, repetitions and components than any appointment has
 */
export type Hl7Problem = 'empty' | 'no-header' | 'header-cut-off' | 'delimiters' | 'second-header' | 'too-many-parts';

/** An AdapterError of kind `protocol`; its reason is `hl7-` and the problem. */
export class Hl7Error extends AdapterError {
  readonly problem: Hl7Problem;
  /** Offset in the decoded text, in UTF-16 units. */
  readonly offset: number;

  constructor(problem: Hl7Problem, offset: number, message: string) {
    super('protocol', `hl7-${problem}`, `${message} (at character ${offset + 1} of the message)`);
    this.name = 'Hl7Error';
    this.problem = problem;
    this.offset = offset;
  }
}
