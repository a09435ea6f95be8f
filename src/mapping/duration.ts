/** Durations in whole minutes, from whatever a vendor counts in. */
import { parseInstant } from './instant.ts';
import { typeFound, type Found } from './mapping-error.ts';
import type { Place } from './observer.ts';
import type { Read } from './read.ts';
import { misfit, type RuleScope } from './rule.ts';
import { RuleMap } from './rule-map.ts';
import { compileOne, SOURCE_KEYS } from './source.ts';
import { Problem } from './yaml-file.ts';

/** A year: more is no appointment. */
export const MINUTES_MAX = 366 * 24 * 60;

export const isDuration = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MINUTES_MAX;

/** Minutes of a unit, by the words of HL7 v2 (table 0569 and what is sent), UCUM and plain English. */
const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [1 / 60, ['s', 'sec', 'secs', 'second', 'seconds']],
      [1, ['m', 'min', 'mins', 'minute', 'minutes']],
      [60, ['h', 'hr', 'hrs', 'hour', 'hours']],
      [24 * 60, ['d', 'day', 'days']],
    ] as const
  ).flatMap(([minutes, words]) => words.map((word) => [word, minutes] as const)),
);

/** ISO 8601, without years and months, whose length nobody knows. */
const ISO = /^P(?=\d|T\d)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/;

export interface Duration {
  readonly read: (item: unknown, root: unknown) => number | undefined;
  /** For messages. */
  readonly text: string;
}

type Refuse = (found: Found, expected: string, advice: string) => never;

/** `duration: { path, unit }`, `{ path, format: iso }` or `{ from: rule, to: rule }`. */
export function compileDuration(outer: RuleMap, site: Place, operand: RuleScope['operand']): Duration {
  const map = RuleMap.of(outer.required('duration'), 'a map such as { path: Length } or { from: …, to: … }');
  if (map.has('from') || map.has('to')) return between(map, site, operand);
  map.only([...SOURCE_KEYS, 'unit', 'format'], 'a duration');
  const { read, text } = compileOne(map, site, 'a duration');
  const refuse: Refuse = (found, expected, advice) => misfit(site, { sourcePath: text, found, expected, advice });
  if (map.choice('format', ['iso'])) {
    if (map.has('unit'))
      throw new Problem(map.get('unit'), 'a duration of ISO 8601 says its units itself; remove "unit"');
    return { text, read: (item, root) => isoMinutes(read(item, root), refuse) };
  }
  const unit = map.has('unit') ? operand(map.required('unit'), 'unit') : () => 'minutes';
  return {
    text,
    read(item, root) {
      const count = read(item, root);
      if (count === undefined) return undefined;
      const number = typeof count === 'string' && /^\d{1,9}(\.\d{1,4})?$/.test(count.trim()) ? Number(count) : count;
      if (typeof number !== 'number')
        return refuse(typeFound(count), 'a number', 'Correct the path, or say "format: iso".');
      return whole(number * minutesOf(unit(item, root), refuse), refuse);
    },
  };
}

function minutesOf(unit: unknown, refuse: Refuse): number {
  const minutes = typeof unit === 'string' ? UNITS.get(unit.trim().toLowerCase()) : undefined;
  const advice = "Translate the vendor's words: unit: { table: codes/units.csv, path: … }.";
  return minutes ?? refuse(typeFound(unit), `a unit: ${[...UNITS.keys()].join(', ')}`, advice);
}

/** Also where seconds do not make up a minute: half of one is nothing to book. */
function whole(minutes: number, refuse: Refuse): number {
  const rounded = Math.round(minutes);
  if (Math.abs(rounded - minutes) < 1e-6 && isDuration(rounded)) return rounded;
  return refuse(
    'number',
    `whole minutes, 0 to ${MINUTES_MAX}`,
    'Correct the unit, or ask the vendor what is sent here.',
  );
}

function isoMinutes(value: unknown, refuse: Refuse): number | undefined {
  if (value === undefined) return undefined;
  const found = typeof value === 'string' ? ISO.exec(value.trim()) : null;
  if (!found)
    return refuse(typeFound(value), 'a duration of ISO 8601, such as PT30M', 'Remove "format" if it is a number.');
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return whole(((weeks * 7 + days) * 24 + hours) * 60 + minutes + seconds / 60, refuse);
}

function between(map: RuleMap, site: Place, operand: RuleScope['operand']): Duration {
  map.only(['from', 'to'], 'a duration between two times');
  const from = instantBy(operand(map.required('from'), 'from'), 'from', site);
  const to = instantBy(operand(map.required('to'), 'to'), 'to', site);
  const text = 'from, to';
  return {
    text,
    read(item, root) {
      const [start, end] = [from(item, root), to(item, root)];
      if (start === undefined || end === undefined) return undefined;
      return whole((end - start) / 60_000, (found, expected, advice) =>
        misfit(site, { sourcePath: text, found, expected: `${expected}, between "from" and "to"`, advice }),
      );
    },
  };
}

function instantBy(read: Read, key: string, site: Place): (item: unknown, root: unknown) => number | undefined {
  return (item, root) => {
    const value = read(item, root);
    if (value === undefined) return undefined;
    const instant = typeof value === 'string' ? parseInstant(value) : 'unreadable';
    if (typeof instant === 'number') return instant;
    return misfit(site, {
      sourcePath: key,
      found: typeFound(value),
      expected: 'a time with offset (RFC 3339, such as 2027-03-08T15:00:00Z)',
      advice: 'Make it by a rule: { time: … }.',
    });
  };
}

const MINUTES_OF_HOUR = 60;

/** PT1H30M; PT0M for none. */
export function printIso(minutes: number): string {
  const hours = Math.floor(minutes / MINUTES_OF_HOUR);
  const rest = minutes % MINUTES_OF_HOUR;
  return `PT${hours > 0 ? `${hours}H` : ''}${rest > 0 || hours === 0 ? `${rest}M` : ''}`;
}
