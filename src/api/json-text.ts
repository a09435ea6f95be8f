/**
 * JSON, read strictly (RFC 8259, and I-JSON, RFC 7493): JSON.parse takes the last of two members of one name, so that what
 * was checked before and what is read here could differ; a member named __proto__ harms whoever copies objects later.
 */
import { getLocation, visit } from 'jsonc-parser';
import { escapePointer, HubError, type FieldError } from '../domain/index.ts';
import { ErrorList } from './field-errors.ts';
import { unsafeText } from './safe-text.ts';

const DEPTH_MAX = 64;
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** `charactersMax`: of one text. Errors: malformed-json; validation, for what is JSON and still refused: depth, member names, text. */
export function parseJson(bytes: Uint8Array, charactersMax?: number): unknown {
  const text = decode(bytes);
  refuseDepth(text);
  const refused = refusedNames(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a patient's.
    throw malformed();
  }
  const errors = [...refused, ...unsafeText(value, '', charactersMax)];
  if (errors.length > 0) {
    throw new HubError(
      'validation',
      'The body is JSON, but not of a kind that is read here. Correct what `errors` lists.',
      {
        errors,
      },
    );
  }
  return value;
}

const malformed = (place = ''): HubError =>
  new HubError('malformed-json', `The body is not JSON${place}. Send UTF-8 JSON without comments or trailing commas.`);

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed(': it is not UTF-8');
  }
}

/** Before any parser, because parsers recurse: a body of brackets alone would end the process. */
function refuseDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      if (++depth > DEPTH_MAX) throw tooDeep(text, at);
    } else if (character === '}' || character === ']') depth--;
  }
}

function tooDeep(text: string, at: number): HubError {
  const pointer = toPointer(getLocation(text, at).path);
  return new HubError('validation', `The body is nested deeper than ${DEPTH_MAX} levels.`, {
    errors: [{ pointer, detail: `expected at most ${DEPTH_MAX} levels of objects and arrays` }],
  });
}

function refusedNames(text: string): readonly FieldError[] {
  const list = new ErrorList();
  const open: Set<string>[] = [];
  visit(
    text,
    {
      onObjectBegin() {
        open.push(new Set());
      },
      onObjectEnd() {
        open.pop();
      },
      onObjectProperty(name, _offset, _length, _line, _character, path) {
        if (list.isFull) return;
        const names = open.at(-1);
        const pointer = (): string => toPointer([...path(), name]);
        if (FORBIDDEN_NAMES.has(name)) list.add(pointer(), 'is a name that no member may have');
        else if (names?.has(name)) list.add(pointer(), 'is given more than once in one object');
        names?.add(name);
      },
      onError(_error, _offset, _length, line, character) {
        throw malformed(` at line ${line + 1}, column ${character + 1}`);
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return list.errors;
}

const toPointer = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${escapePointer(part)}`).join('');
