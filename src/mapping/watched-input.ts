/** An input that tells what is read of it. Works on any JSON tree; a tree in which one object stands at several places counts it once. */
import { escapePointer } from '../domain/json-pointer.ts';

/** One value (text, number, boolean or null) of an input. */
export interface SourceValue {
  /** JSON pointer, e.g. /entry/0/resource/id. */
  readonly pointer: string;
  /** The same for all items of a list, e.g. entry[].resource.id. */
  readonly path: string;
}

export interface WatchedInput {
  /** Give this to the mapping instead of the input. */
  readonly input: unknown;
  /** Every value of the input, with whether it was read so far. */
  values(): (SourceValue & { readonly read: boolean })[];
}

interface Holder {
  readonly object: object;
  readonly pointer: string;
  readonly path: string;
}

/** More values than this are not told apart; no example has as many. */
const VALUES_MAX = 200_000;

/** `onRead` is told the JSON pointer, as it was followed, of each value that is read. */
export function watchInput(given: unknown, onRead: (pointer: string) => void): WatchedInput {
  // A copy, as a proxy must show the members of frozen objects unchanged. Objects at several places stay one object.
  const entriesOf = isHl7(given) ? entriesOfHl7 : Object.entries;
  const input = isHl7(given) ? sharingEquals(structuredClone(given)) : structuredClone(given);
  const seen = new Map<object, Set<string>>();
  const watch = (value: unknown, pointer: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, key, receiver) {
        const member: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== 'string' || !Object.hasOwn(target, key) || (Array.isArray(target) && key === 'length'))
          return member;
        const at = `${pointer}/${escapePointer(key)}`;
        if (typeof member === 'object' && member !== null) return watch(member, at);
        const keys = seen.get(target);
        if (keys) keys.add(key);
        else seen.set(target, new Set([key]));
        onRead(at);
        return member;
      },
    });
  };
  return {
    input: watch(input, ''),
    values: () =>
      valuesOf(input, entriesOf).map(({ object, key, ...value }) => ({
        ...value,
        read: seen.get(object)?.has(key) ?? false,
      })),
  };
}

/** The shallowest place of each object names its values. */
function valuesOf(
  input: unknown,
  entriesOf: (object: object) => [string, unknown][],
): (SourceValue & { readonly object: object; readonly key: string })[] {
  const found: (SourceValue & { object: object; key: string })[] = [];
  if (typeof input !== 'object' || input === null) return found;
  const known = new Set<object>([input]);
  let level: Holder[] = [{ object: input, pointer: '', path: '' }];
  while (level.length > 0 && found.length < VALUES_MAX) {
    const below: Holder[] = [];
    for (const { object, pointer, path } of level) {
      for (const [key, value] of entriesOf(object)) {
        const at = { pointer: `${pointer}/${escapePointer(key)}`, path: stepInto(path, key, Array.isArray(object)) };
        if (typeof value !== 'object' || value === null) found.push({ ...at, object, key });
        else if (!known.has(value)) {
          known.add(value);
          below.push({ object: value, ...at });
        }
      }
    }
    level = below;
  }
  return found;
}

const isHl7 = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'segments' in value && Array.isArray(value.segments);

/**
 * A tree of HL7 v2 shows one field at several places (SCH-11, SCH[0].SCH-11, segments[1].SCH-11): made by the codec it is one
 * object, read from a file it is several equal ones. So that reading it once counts, equal parts become one object again.
 */
function sharingEquals(value: object): unknown {
  const known = new Map<string, unknown>();
  const share = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    for (const [key, member] of Object.entries(part)) Reflect.set(part, key, share(member));
    const text = JSON.stringify(part);
    const first = known.get(text);
    if (first === undefined) known.set(text, part);
    return first ?? part;
  };
  return share(value);
}

/** Of a tree of HL7 v2, fields under their own name are shown rather than those under `segments`, and not the names themselves. */
function entriesOfHl7(object: object): [string, unknown][] {
  return Object.entries(object)
    .filter(([key]) => key !== 'segment')
    .toSorted(([a], [b]) => Number(a === 'segments') - Number(b === 'segments'));
}

function stepInto(path: string, key: string, isItem: boolean): string {
  if (isItem) return `${path}[]`;
  const name = /^[^\s.[\]{}'"=!^*$,]+$/.test(key) ? key : `'${key.replaceAll("'", "''")}'`;
  return path === '' ? name : `${path}.${name}`;
}
