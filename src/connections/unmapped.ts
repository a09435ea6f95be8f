/** A code that no table lists, met in a call. */
import type { UnmappedCodeError } from '../mapping/index.ts';

/** Why a call came to nothing that is to be done again once somebody has mapped a code. */
export const UNMAPPED = 'unmapped-code';

export interface UnmappedCode {
  /** The mapping that met it. */
  readonly name: string;
  readonly error: UnmappedCodeError;
}
