/**
 * An input as it may be shown, and kept as an example: texts and numbers that are not known to be harmless are replaced by others
 * of the same shape. Harmless is what becomes a field that its contract lets be shown, and the mapping's own vocabulary: what its
 * conditions and code tables say themselves. Names of members are kept.
 */
import { escapePointer } from '../domain/json-pointer.ts';
import type { Recorded } from '../mapping/recorder.ts';
import { Placeholders } from './placeholder.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface Redacted {
  readonly input: unknown;
  /** JSON pointers of the values that were kept. */
  readonly kept: ReadonlySet<string>;
}

interface Rules {
  /** By a JSON pointer into the output; false where no contract says that it may be shown. */
  mayShowOutput(pointer: string): boolean;
  /** By a JSON pointer into the input, where the input has a contract; it decides then. */
  readonly mayShowInput: ((pointer: string) => boolean) | undefined;
}

interface Use {
  readonly isOpen: boolean;
  readonly rule: string;
  readonly isAsked: boolean;
}

export function redactInput(
  input: unknown,
  { made, source }: Pick<Recorded, 'made' | 'source'>,
  texts: Iterable<readonly [path: string, text: string]>,
  { mayShowOutput, mayShowInput }: Rules,
): Redacted {
  const words = vocabularyOf(texts);
  const placeholders = new Placeholders();
  const uses = new Map<string, Use[]>();
  for (const { at, from, asked, rule } of made) {
    const isOpen = mayShowOutput(at);
    const note = (pointer: string, isAsked: boolean): void => {
      const known = uses.get(pointer) ?? [];
      if (known.length === 0) uses.set(pointer, known);
      known.push({ isOpen, rule, isAsked });
    };
    for (const pointer of from) note(pointer, false);
    for (const pointer of asked) note(pointer, true);
  }
  const read = new Set(source.filter((each) => each.read).map(({ pointer }) => pointer));
  const kept = new Set<string>();

  const isKept = (value: string | number, pointer: string): boolean => {
    if (mayShowInput) return mayShowInput(pointer);
    const of = uses.get(pointer) ?? [];
    const makes = of.filter(({ isAsked }) => !isAsked);
    if (makes.length > 0 && makes.every(({ isOpen }) => isOpen)) return true;
    if (typeof value === 'number') return false;
    // A code of a table says little; that somebody is called as a condition reads, too much.
    if (makes.length > 0) return makes.every(({ isOpen, rule }) => isOpen || rule === 'table') && words.isCode(value);
    return (of.length > 0 || read.has(pointer)) && words.isSaid(value);
  };
  const redacted = (value: unknown, pointer: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => redacted(item, `${pointer}/${index}`));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, redacted(member, `${pointer}/${escapePointer(key)}`)]),
      );
    const isValue = typeof value === 'string' || typeof value === 'number';
    if (!isValue || value === '' || isKept(value, pointer)) {
      kept.add(pointer);
      return value;
    }
    if (typeof value === 'number') return placeholders.number(value);
    const isPhone = (uses.get(pointer) ?? []).some(({ rule, isAsked }) => rule === 'phone' && !isAsked);
    return placeholders.text(value, words.partsOf(value), isPhone);
  };
  return { input: redacted(input, ''), kept };
}
