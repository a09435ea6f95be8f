/** What a new version of a mapping would have made of messages that were recorded, beside what the old one makes. */
import { pointerParts } from '../domain/json-pointer.ts';
import { differences, type Difference } from '../mapping/example.ts';
import { MappingError, typeFound, type Found } from '../mapping/mapping-error.ts';

export interface Recorded {
  /** By which the message is found again. */
  readonly id: string;
  readonly input: unknown;
}

/** `value` only where it may be shown. */
export interface Side {
  readonly type: Found;
  readonly value?: unknown;
}

export interface FieldDifference {
  readonly id: string;
  /** JSON pointer into the output. Items of a list of things with `externalId` are told apart by it, and numbered as in the old output. */
  readonly pointer: string;
  readonly old: Side;
  readonly new: Side;
}

export interface ChangedField {
  /** The pointer with `*` for the number of an item, e.g. /identifiers/\*\/value. */
  readonly field: string;
  /** In how many messages. */
  readonly messages: number;
  /** The first differences met, FIRST at most. */
  readonly first: readonly FieldDifference[];
}

export interface RecordedDiff {
  /** same + changed + failed + recovered + bothFailed */
  readonly total: number;
  readonly same: number;
  readonly changed: number;
  /** The old version made an output, the new one refuses. */
  readonly failed: number;
  /** The other way round. */
  readonly recovered: number;
  readonly bothFailed: number;
  readonly fields: readonly ChangedField[];
  /** The first refusals of the new version, FIRST at most; messages never hold a value. */
  readonly failures: readonly { readonly id: string; readonly message: string }[];
}

export interface Applies {
  /** Throws MappingError. */
  apply(input: unknown): unknown;
}

const FIRST = 3;

/**
 * Pure: applies both to each input, and writes nothing. `mayShow` is asked with the names on the way to a field ([] for items):
 * without it no value is shown, only types.
 */
export function diffOverRecorded(
  oldMapping: Applies,
  newMapping: Applies,
  inputs: Iterable<Recorded>,
  mayShow: (segments: readonly string[]) => boolean = () => false,
): RecordedDiff {
  const counts = { same: 0, changed: 0, failed: 0, recovered: 0, bothFailed: 0 };
  const fields = new Map<string, { messages: number; first: FieldDifference[] }>();
  const failures: { id: string; message: string }[] = [];
  for (const { id, input } of inputs) {
    const before = outcomeOf(oldMapping, input);
    const after = outcomeOf(newMapping, input);
    if (after.error && !before.error && failures.length < FIRST) failures.push({ id, message: after.error.message });
    const found = before.error || after.error ? [] : [...differencesBetween(before.output, after.output)];
    counts[verdict(before, after, found.length)] += 1;
    const touched = new Set<string>();
    for (const { pointer, actual, expected } of found) {
      const segments = pointerParts(pointer).map((part) => (/^\d+$/.test(part) ? '[]' : part));
      const isShown = mayShow(segments);
      const field = pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*');
      const known = fields.get(field) ?? { messages: 0, first: [] };
      fields.set(field, known);
      if (!touched.has(field)) known.messages += 1;
      touched.add(field);
      if (known.first.length < FIRST)
        known.first.push({ id, pointer, old: side(expected, isShown), new: side(actual, isShown) });
    }
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const byCount = [...fields].map(([field, rest]) => ({ field, ...rest })).toSorted((a, b) => b.messages - a.messages);
  return { total, ...counts, fields: byCount, failures };
}

interface Outcome {
  readonly output: unknown;
  readonly error: MappingError | undefined;
}

function outcomeOf(mapping: Applies, input: unknown): Outcome {
  try {
    return { output: JSON.parse(JSON.stringify(mapping.apply(input))), error: undefined };
  } catch (error) {
    if (error instanceof MappingError) return { output: undefined, error };
    throw error;
  }
}

function verdict(
  before: Outcome,
  after: Outcome,
  count: number,
): 'same' | 'changed' | 'failed' | 'recovered' | 'bothFailed' {
  if (before.error) return after.error ? 'bothFailed' : 'recovered';
  if (after.error) return 'failed';
  return count === 0 ? 'same' : 'changed';
}

const side = (value: unknown, isShown: boolean): Side =>
  isShown && value !== undefined ? { type: typeFound(value), value } : { type: typeFound(value) };

/** A slot that is new at the head of a list does not make all others differ. */
function* differencesBetween(before: unknown, after: unknown): Generator<Difference> {
  const old = keyed(before);
  const now = keyed(after);
  if (!old || !now) {
    yield* differences(after, before);
    return;
  }
  let added = old.size;
  for (const [key, { index, item }] of old) yield* differences(now.get(key)?.item, item, `/${index}`);
  for (const [key, { item }] of now) if (!old.has(key)) yield* differences(item, undefined, `/${added++}`);
}

function keyed(value: unknown): Map<unknown, { readonly index: number; readonly item: unknown }> | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = new Map<unknown, { readonly index: number; readonly item: unknown }>();
  const given: readonly unknown[] = value;
  for (const [index, item] of given.entries()) {
    const key: unknown =
      typeof item === 'object' && item !== null && 'externalId' in item ? item.externalId : undefined;
    if (typeof key !== 'string' || items.has(key)) return undefined;
    items.set(key, { index, item });
  }
  return items;
}
