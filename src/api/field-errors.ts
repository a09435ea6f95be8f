/** What a validator objects to, said to the caller: what was expected and what kind of thing came, never the value. */
import type { ErrorObject } from 'ajv';
import { escapePointer, type FieldError } from '../domain/index.ts';

const ERRORS_MAX = 100;
const POINTERS_MAX = 100_000;
/** Each is compared with all others. */
const LOOKED_AT_MAX = 1_000;

/** As many as help: to tell all that a megabyte can be refused for, each with names of thousands of characters, could take all memory. */
export class ErrorList {
  readonly errors: FieldError[] = [];
  /** Characters of all pointers. */
  #pointers = 0;

  /** Nothing is added any more: a pointer need not be written out. */
  get isFull(): boolean {
    return this.errors.length >= ERRORS_MAX || this.#pointers >= POINTERS_MAX;
  }

  add(pointer: string, detail: string): void {
    if (this.isFull) return;
    this.errors.push({ pointer, detail });
    this.#pointers += pointer.length;
  }
}

/** `prefix` comes before every pointer: empty for a body, `#/query` for a query. */
export function fieldErrors(errors: readonly ErrorObject[], prefix = ''): FieldError[] {
  const list = new ErrorList();
  const told = new Set<string>();
  const looked = errors.slice(0, LOOKED_AT_MAX);
  for (const error of looked) {
    if (list.isFull) break;
    if (isEcho(error, looked)) continue;
    const pointer = prefix + error.instancePath + member(error);
    const detail = detailOf(error);
    const text = `${pointer} ${detail}`;
    if (!told.has(text)) list.add(pointer, detail);
    told.add(text);
  }
  return list.errors;
}

/** "X or null" is said once, by X: neither that it was no null, nor that no branch fitted, helps the caller. */
function isEcho(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  const said = (other: ErrorObject): boolean =>
    other !== error &&
    other.keyword !== 'anyOf' &&
    !isNullBranch(other) &&
    other.instancePath.startsWith(error.instancePath);
  return (error.keyword === 'anyOf' || isNullBranch(error)) && all.some(said);
}

const isNullBranch = (error: ErrorObject): boolean =>
  /\/anyOf\/\d+\/type$/.test(error.schemaPath) && error.params['type'] === 'null';

/** The member that the object misses, or has too much. */
function member(error: ErrorObject): string {
  const name: unknown =
    error.keyword === 'required' ? error.params['missingProperty'] : error.params['additionalProperty'];
  return typeof name === 'string' ? `/${escapePointer(name)}` : '';
}

function detailOf(error: ErrorObject): string {
  const schema: Readonly<Record<string, unknown>> = error.parentSchema ?? {};
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'required':
      return 'is required, and is missing';
    case 'additionalProperties':
      return `is not known here; known are ${Object.keys(schema['properties'] ?? {}).join(', ')}`;
    case 'type':
      return `expected ${[schema['type']].flat().map(typeWords).join(' or ')}, got ${kindOf(error.data)}`;
    case 'enum':
      return `expected one of ${[schema['enum']].flat().join(', ')}`;
    case 'minProperties':
    case 'maxProperties':
      return `expected exactly one of ${Object.keys(schema['properties'] ?? {}).join(', ')}`;
    case 'minLength':
      return expected(schema) ?? `expected at least ${String(params['limit'])} characters`;
    case 'maxLength':
      return expected(schema) ?? `expected at most ${String(params['limit'])} characters`;
    case 'minItems':
      return `expected at least ${String(params['limit'])} items`;
    case 'maxItems':
      return `expected at most ${String(params['limit'])} items`;
    case 'minimum':
      return `expected at least ${String(params['limit'])}`;
    case 'maximum':
      return `expected at most ${String(params['limit'])}`;
    case 'format':
      return (
        expected(schema) ?? `expected ${FORMAT_WORDS[String(params['format'])] ?? `a ${String(params['format'])}`}`
      );
    default:
      return expected(schema) ?? error.message ?? 'does not fit the contract';
  }
}

/** Formats whose name says nothing to a person. */
const FORMAT_WORDS: Readonly<Record<string, string>> = {
  'iana-time-zone': 'an IANA time zone, e.g. Europe/Berlin',
};

const expected = (schema: Readonly<Record<string, unknown>>): string | undefined =>
  typeof schema['x-expected'] === 'string' ? `expected ${schema['x-expected']}` : undefined;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  null: 'null',
};

const typeWords = (type: unknown): string => TYPE_WORDS[String(type)] ?? String(type);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return TYPE_WORDS[typeof value] ?? typeof value;
}
