import type { FieldError } from '../domain/index.ts';
import { escapePointer } from './field-errors.ts';

/** Longer than any text of a contract, but for those that say otherwise; what is longer never meets a regular expression. */
const CHARACTERS_MAX = 10_000;
/** A megabyte could hold half a million of them, each with an error of its own. */
const ITEMS_MAX = 10_000;

/**
 * Text that no contract mentions and that the parts behind cannot keep: Postgres has no U+0000 and no lone surrogates.
 * One error for each such text in `value`, at any depth, and for each list that is too long to be looked through.
 */
export const unsafeText = (value: unknown, pointer: string, charactersMax = CHARACTERS_MAX): readonly FieldError[] =>
  isSafe(value, charactersMax) ? NONE : [...errorsIn(value, pointer, charactersMax)];

const NONE: readonly FieldError[] = [];

/** Nearly everything is, and then nobody asks where it stands. */
function isSafe(value: unknown, charactersMax: number): boolean {
  if (typeof value === 'string') return unsafe(value, charactersMax) === undefined;
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value))
    return value.length <= ITEMS_MAX && value.every((each: unknown) => isSafe(each, charactersMax));
  return Object.entries(value).every(([key, each]) => isSafe(key, CHARACTERS_MAX) && isSafe(each, charactersMax));
}

function* errorsIn(value: unknown, pointer: string, charactersMax: number): Generator<FieldError> {
  if (typeof value === 'string') {
    const detail = unsafe(value, charactersMax);
    if (detail) yield { pointer, detail };
  } else if (value !== null && typeof value === 'object') {
    if (Array.isArray(value) && value.length > ITEMS_MAX) {
      yield { pointer, detail: `expected at most ${ITEMS_MAX} items` };
      return;
    }
    for (const [key, each] of Object.entries(value)) {
      const detail = unsafe(key, CHARACTERS_MAX);
      // A name that cannot be written cannot be pointed at either: the pointer is that of its object.
      if (detail) yield { pointer, detail: `a member's name: ${detail}` };
      else yield* errorsIn(each, `${pointer}/${escapePointer(key)}`, charactersMax);
    }
  }
}

function unsafe(text: string, charactersMax: number): string | undefined {
  if (text.length > charactersMax) return `expected at most ${charactersMax} characters`;
  if (text.includes('\u0000')) return 'expected text without U+0000';
  if (!text.isWellFormed()) return 'expected well-formed Unicode, got half of a surrogate pair';
  return undefined;
}
