/**
 * The sets of transaction states as SQL: `state in ${SETTLED}`. Literals, not parameters: Postgres takes a partial index for a
 * statement only when both name the same states. Migrations write them out, as what they have made stays.
 */
import {
  CLOSED_STATES,
  SETTLED_STATES,
  TERMINAL_STATES,
  WAITING_FOR_PERSON,
  type TransactionState,
} from '../domain/index.ts';

const list = (states: readonly TransactionState[]): string => `(${states.map((state) => `'${state}'`).join(', ')})`;

export const TERMINAL = list(TERMINAL_STATES);
export const FOR_PERSON = list(WAITING_FOR_PERSON);
export const SETTLED = list(SETTLED_STATES);
export const CLOSED = list(CLOSED_STATES);
