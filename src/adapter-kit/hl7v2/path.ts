/** The names of places in a message: `SCH-11.4`, `AIS[1]-3`, `PID-3[2].4&2`. Occurrences count from 0, HL7's own numbers from 1. */

export interface Hl7Path {
  readonly segment: string;
  /** Undefined: not said, which is the first for one value and any for all values. */
  readonly occurrence: number | undefined;
  readonly field: number;
  readonly repetition: number | undefined;
  readonly component: number;
  readonly subcomponent: number;
}

const SHAPE = /^([A-Z][A-Z0-9]{2})(?:\[(\d{1,4})\])?-(\d{1,3})(?:\[(\d{1,4})\])?(?:\.(\d{1,3})(?:&(\d{1,3}))?)?$/;

/** Paths are written in programs, so there are few. */
const known = new Map<string, Hl7Path>();

/** Throws a RangeError for a text that is no path: a mistake of the program that wrote it. */
export function parseHl7Path(text: string): Hl7Path {
  let path = known.get(text);
  if (!path) known.set(text, (path = parse(text)));
  return path;
}

function parse(text: string): Hl7Path {
  const found = SHAPE.exec(text);
  if (!found) throw new RangeError(`"${text}" is no path; write one such as SCH-11.4, AIS[1]-3 or PID-3[2].4&2`);
  const [, segment = '', occurrence, field, repetition, component = '1', subcomponent = '1'] = found;
  const path = {
    segment,
    occurrence: occurrence === undefined ? undefined : Number(occurrence),
    field: Number(field),
    repetition: repetition === undefined ? undefined : Number(repetition),
    component: Number(component),
    subcomponent: Number(subcomponent),
  };
  if (path.field < 1 || path.component < 1 || path.subcomponent < 1) {
    throw new RangeError(`"${text}" is no path: fields, components and subcomponents count from 1`);
  }
  return path;
}
