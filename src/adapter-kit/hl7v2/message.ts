/** Reads a message: decoded first, then split into segments; everything smaller when it is asked for. */
import { decode, isUnknownCharset, type DecodedText } from './charset.ts';
import { delimitersOf, type Delimiters } from './delimiters.ts';
import { Hl7Error } from './hl7-error.ts';
import { parseHl7Path } from './path.ts';
import { GROUP_HEADS, Hl7Segment, isSegmentName, type Hl7Notation, type Hl7Value } from './segment.ts';
import { treeOf, type Hl7Tree } from './tree.ts';

export type { Hl7Components, Hl7Segment, Hl7Value } from './segment.ts';

/**
 * Something a strict reader would refuse; what was read all the same.
 * charset-unknown, charset-contradicted  MSH-18 does not say how the bytes are to be read
 * segment-case                           a segment's name in small letters: read as capitals
 * segment-name                           a line that is no segment: kept, under whatever name it has
 * stray-line                             a line without any field: text of the line before, with a line end in it
 */
export interface Hl7Warning {
  readonly kind: NonNullable<DecodedText['warning']> | 'segment-case' | 'segment-name' | 'stray-line';
  /** Which segment, from 0. */
  readonly segment: number;
}

/** A segment that leads a group, and the segments that belong to it, in their order. */
export interface Hl7Group {
  readonly head: Hl7Segment;
  readonly segments: readonly Hl7Segment[];
}

/** Throws Hl7Error when this is no message; whatever else is odd is in `warnings`. */
export function readHl7(bytes: Uint8Array): Hl7Message {
  return new Hl7Message(decode(bytes));
}

export class Hl7Message {
  /** As received, decoded. */
  readonly text: string;
  readonly delimiters: Delimiters;
  /** WHATWG name of the encoding the bytes were in. */
  readonly encoding: string;
  readonly #segments: readonly Hl7Segment[];
  readonly #warnings: Hl7Warning[] = [];

  constructor({ text: received, encoding, warning }: DecodedText) {
    // A mark of byte order, the 0x0B of a frame and line ends are blanks as well.
    const text = received.startsWith('MSH') ? received : received.trimStart();
    if (text === '') throw new Hl7Error('empty', 0, 'expected a message, found no text');
    if (!text.startsWith('MSH')) throw new Hl7Error('no-header', 0, 'expected MSH as the first segment');
    this.text = text;
    this.delimiters = delimitersOf(text);
    this.encoding = encoding;
    this.#segments = this.#split(text);
    if (warning) this.#warnings.unshift({ kind: warning, segment: 0 });
    else if (isUnknownCharset(this.get('MSH-18') ?? ''))
      this.#warnings.unshift({ kind: 'charset-unknown', segment: 0 });
  }

  /** Oddities that did not keep the message from being read. */
  get warnings(): readonly Hl7Warning[] {
    return this.#warnings;
  }

  /** MSH-9.1, e.g. `SIU`; '' when absent. Of MSH-9 only the first two components can be relied on. */
  get type(): string {
    return this.get('MSH-9.1') ?? '';
  }

  /** MSH-9.2, e.g. `S12`. */
  get event(): string {
    return this.get('MSH-9.2') ?? '';
  }

  /** MSH-10. */
  get controlId(): string {
    return this.get('MSH-10') ?? '';
  }

  /** The value at `SCH-11.4`, `AIS[1]-3` or `PID-3[2].4&2`; of what the path leaves out, the first. */
  get(path: string): Hl7Value {
    const { segment, occurrence, field, repetition, component, subcomponent } = parseHl7Path(path);
    return this.#find(segment, occurrence ?? 0)?.value(field, repetition ?? 0, component, subcomponent);
  }

  /** Every value at the path, in order: of all segments and repetitions that it does not choose between. Absent ones are left out. */
  all(path: string): (string | null)[] {
    const { segment, occurrence, field, repetition, component, subcomponent } = parseHl7Path(path);
    const found: (string | null)[] = [];
    for (const [index, each] of this.segments(segment).entries()) {
      if (occurrence !== undefined && occurrence !== index) continue;
      const count = each.repetitions(field).length;
      for (let at = repetition ?? 0; at < (repetition === undefined ? count : repetition + 1); at++) {
        const value = each.value(field, at, component, subcomponent);
        if (value !== undefined) found.push(value);
      }
    }
    return found;
  }

  /** All segments in order, or those with this name. */
  segments(id?: string): readonly Hl7Segment[] {
    return id === undefined ? this.#segments : this.#segments.filter((segment) => segment.id === id);
  }

  /** The groups that `PID` or `RGS` lead. */
  groups(head: string): readonly Hl7Group[] {
    const groups: { head: Hl7Segment; segments: Hl7Segment[] }[] = [];
    let open: Hl7Segment[] | undefined;
    for (const segment of this.#segments) {
      if (segment.id === head) groups.push({ head: segment, segments: (open = []) });
      else if (GROUP_HEADS.has(segment.id)) open = undefined;
      else open?.push(segment);
    }
    return groups;
  }

  /** As plain JSON, for the mappings. Throws Hl7Error for a message with more parts than any appointment has. */
  toTree(): Hl7Tree {
    return treeOf(this.#segments);
  }

  #find(id: string, occurrence: number): Hl7Segment | undefined {
    let left = occurrence;
    for (const segment of this.#segments) if (segment.id === id && left-- === 0) return segment;
    return undefined;
  }

  #split(text: string): Hl7Segment[] {
    const notation: Hl7Notation = { delimiters: this.delimiters, encoding: this.encoding };
    const segments: Hl7Segment[] = [];
    let offset = 0;
    for (const line of linesOf(text)) {
      if (line !== '' && line !== '\u001c') this.#add(segments, line, notation, offset);
      offset += line.length + 1;
    }
    return segments;
  }

  #add(segments: Hl7Segment[], line: string, notation: Hl7Notation, offset: number): void {
    const end = line.indexOf(notation.delimiters.field);
    const name = end < 0 ? line : line.slice(0, end);
    const index = segments.length;
    if (name === 'MSH' && index > 0)
      throw new Hl7Error('second-header', offset, 'expected one message, found a second MSH');
    if (isSegmentName(name)) segments.push(new Hl7Segment(name, line, notation));
    else if (isSegmentName(name.toUpperCase())) {
      segments.push(new Hl7Segment(name.toUpperCase(), line, notation));
      this.#warnings.push({ kind: 'segment-case', segment: index });
    } else if (end < 0) {
      const before = segments.pop();
      if (before) segments.push(new Hl7Segment(before.id, `${before.text}\n${line}`, notation));
      this.#warnings.push({ kind: 'stray-line', segment: index - 1 });
    } else {
      segments.push(new Hl7Segment(name, line, notation));
      this.#warnings.push({ kind: 'segment-name', segment: index });
    }
  }
}

/** CR ends a segment; LF and CRLF are what half of the world sends instead. */
function linesOf(text: string): string[] {
  return text.includes('\n') ? text.split(/\r\n|\r|\n/) : text.split('\r');
}
