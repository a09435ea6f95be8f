import { escapePointer, type FieldError } from '../domain/index.ts';
import { ErrorList } from './field-errors.ts';

/** Longer than any text of a contract, but for those that say otherwise; what is longer never meets a regular expression. */
const CHARACTERS_MAX = 10_000;
/** A megabyte could hold half a million of them, each with an error of its own. */
const ITEMS_MAX = 10_000;

/**
 * Text that no contract mentions and that the parts behind cannot keep: Postgres has no U+0000 and no lone surrogates.
 * One error for each such text in `value`, at any depth, and for each list that is too long to be looked through; of many the first.
 */
export function unsafeText(value: unknown, pointer: string, charactersMax = CHARACTERS_MAX): readonly FieldError[] {
  const list = new ErrorList();
  /** Where `look` is; written out only for what is wrong, which is hardly ever anything. */
  const path: string[] = [];
  const refuse = (detail: string): void => {
    list.add([pointer, ...path.map(escapePointer)].join('/'), detail);
  };
  const look = (each: unknown): void => {
    if (list.isFull) return;
    if (typeof each === 'string') {
      const detail = unsafe(each, charactersMax);
      if (detail) refuse(detail);
    } else if (Array.isArray(each) && each.length > ITEMS_MAX) refuse(`expected at most ${ITEMS_MAX} items`);
    else if (each !== null && typeof each === 'object') {
      for (const [key, member] of Object.entries(each)) {
        const detail = unsafe(key, CHARACTERS_MAX);
        // A name that cannot be written cannot be pointed at either: the pointer is that of its object.
        if (detail) refuse(`a member's name: ${detail}`);
        else {
          path.push(key);
          look(member);
          path.pop();
        }
      }
    }
  };
  look(value);
  return list.errors;
}

function unsafe(text: string, charactersMax: number): string | undefined {
  if (text.length > charactersMax) return `expected at most ${charactersMax} characters`;
  if (text.includes('\u0000')) return 'expected text without U+0000';
  if (!text.isWellFormed()) return 'expected well-formed Unicode, got half of a surrogate pair';
  return undefined;
}
