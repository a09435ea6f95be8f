/** One segment, split only as far as it is asked. */
import type { Delimiters } from './delimiters.ts';
import { unescapeText } from './escape.ts';
import { parseHl7Path } from './path.ts';

/** A text; null where the sender wrote `""` (delete what you have); undefined where it wrote nothing (leave what you have). */
export type Hl7Value = string | null | undefined;

/** Segments that lead a group, which lasts until the next of them: a patient, a group of resources. */
export const GROUP_HEADS: ReadonlySet<string> = new Set(['PID', 'RGS']);

export const isSegmentName = (name: string): boolean => name.length === 3 && /^[A-Z][A-Z0-9]{2}$/.test(name);

/** One repetition of a field by the numbers of its components. */
export type Hl7Components = Readonly<Record<string, string | null>>;

/** What all segments of a message share. */
export interface Hl7Notation {
  readonly delimiters: Delimiters;
  readonly encoding: string;
}

export class Hl7Segment {
  /** Three capital letters or digits, as far as the sender keeps to the standard. */
  readonly id: string;
  /** As received. */
  readonly text: string;
  readonly #notation: Hl7Notation;
  #fields: readonly string[] | undefined;

  constructor(id: string, text: string, notation: Hl7Notation) {
    this.id = id;
    this.text = text;
    this.#notation = notation;
  }

  /** The value at `AIS-3.1`; without component or repetition the first. The path names this segment and no occurrence. */
  get(path: string): Hl7Value {
    const { field, repetition, component, subcomponent } = parseHl7Path(path);
    return this.value(field, repetition ?? 0, component, subcomponent);
  }

  /** A field as received, its escapes and delimiters in place; '' when absent. From 1; MSH-1 is the delimiter itself. */
  field(number: number): string {
    this.#fields ??= this.text.split(this.#notation.delimiters.field);
    if (this.id !== 'MSH') return this.#fields[number] ?? '';
    return number === 1 ? this.#notation.delimiters.field : (this.#fields[number - 1] ?? '');
  }

  /** The highest field number there is. */
  get fieldCount(): number {
    this.#fields ??= this.text.split(this.#notation.delimiters.field);
    return this.id === 'MSH' ? this.#fields.length : this.#fields.length - 1;
  }

  /** The repetitions of a field as received; none when it is empty. */
  repetitions(field: number): readonly string[] {
    const text = this.field(field);
    if (text === '') return [];
    const { repetition } = this.#notation.delimiters;
    return this.isNotation(field) || !text.includes(repetition) ? [text] : text.split(repetition);
  }

  /** `repetition` from 0, the others from 1. */
  value(field: number, repetition = 0, component = 1, subcomponent = 1): Hl7Value {
    const text = this.field(field);
    if (text === '') return undefined;
    const isFirst = repetition === 0 && component === 1 && subcomponent === 1;
    if (this.isNotation(field)) return isFirst ? text : undefined;
    const { delimiters } = this.#notation;
    const one = nth(text, delimiters.repetition, repetition);
    const two = nth(one, delimiters.component, component - 1);
    return this.read(nth(two, delimiters.subcomponent, subcomponent - 1));
  }

  /** The first repetition of the field `PID-3`, as `componentsOf` says. */
  components(path: string): Hl7Components {
    const { field, repetition } = parseHl7Path(path);
    return this.componentsOf(field, this.repetitions(field)[repetition ?? 0] ?? '');
  }

  /** One repetition of a field as its components that are not empty: '1', '2', … and '1&2' for a further subcomponent. */
  componentsOf(field: number, repetition: string): Hl7Components {
    const components = {};
    this.readComponents(field, repetition, components);
    return components;
  }

  /** Puts them into `components`, which is empty; returns how many. */
  readComponents(field: number, repetition: string, components: Record<string, string | null>): number {
    const { component, subcomponent } = this.#notation.delimiters;
    let count = 0;
    const put = (name: string | number, piece: string): void => {
      const value = this.read(piece);
      if (value === undefined) return;
      components[name] = value;
      count += 1;
    };
    if (this.isNotation(field)) {
      components['1'] = repetition;
      return 1;
    }
    let from = 0;
    for (let number = 1; from <= repetition.length; number++) {
      const at = repetition.indexOf(component, from);
      const end = at < 0 ? repetition.length : at;
      if (end > from) {
        const piece = repetition.slice(from, end);
        if (!piece.includes(subcomponent)) put(number, piece);
        else piece.split(subcomponent).forEach((each, sub) => put(sub === 0 ? number : `${number}&${sub + 1}`, each));
      }
      from = end + 1;
    }
    return count;
  }

  /** What a piece without delimiters means. */
  read(piece: string): Hl7Value {
    if (piece === '') return undefined;
    if (piece === '""') return null;
    const { delimiters, encoding } = this.#notation;
    return piece.includes(delimiters.escape) ? unescapeText(piece, delimiters, encoding) : piece;
  }

  /** MSH-1 and MSH-2 explain the delimiters; they are not made of them. */
  isNotation(field: number): boolean {
    return this.id === 'MSH' && field <= 2;
  }
}

function nth(text: string, delimiter: string, index: number): string {
  let from = 0;
  for (let left = index; left > 0; left--) {
    const at = text.indexOf(delimiter, from);
    if (at < 0) return '';
    from = at + 1;
  }
  const end = text.indexOf(delimiter, from);
  if (end >= 0) return text.slice(from, end);
  return from === 0 ? text : text.slice(from);
}
