/** Where a text stops being JSON. The parser's own message quotes the text, which may be a patient's. */
import { parse, type ParseError } from 'jsonc-parser';

/** Of a text that JSON.parse refuses: line and column from 1, as `3:14`. */
export function jsonFault(text: string): string {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  // Nothing found, yet refused: what the other parser allows is odd to the end.
  const before = text.slice(0, errors[0]?.offset ?? text.length).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
