/**
 * `{ time: … }`, in four forms:
 *   { path }                                  an RFC 3339 time with offset
 *   { date, clock, zone } or { local, zone }  what a wall clock in a zone shows
 *   either of them with `format` and `zone`   the way back: an instant as the wall clock's text
 *   { date, format }                          a day, written in another way
 * and with `plus: { minutes }` or `plus: { duration }` that much later, with `minus` earlier. Without `format` the answer is RFC 3339 in UTC.
 */
import type { Place } from '../observer.ts';
import type { RuleKind } from '../rule.ts';
import { HL7_DATE, HL7_FORMAT, printHl7 } from '../hl7-pattern.ts';
import type { Read } from '../read.ts';
import { RuleMap } from '../rule-map.ts';
import { PARTIAL_DATES } from '../partial-date.ts';
import { printInstant, wallTimeOf } from '../instant.ts';
import { compilePattern } from '../time-pattern.ts';
import { readDate, readInstant, readMinutes, readUtcText, readWallTime, readZone } from '../time-source.ts';
import { SOURCE_KEYS } from '../source.ts';
import { Problem } from '../yaml-file.ts';

const WALL_KEYS = ['date', 'clock', 'local'];

export const timeRule: RuleKind = {
  key: 'time',
  keys: [],
  compile(outer, { site, operand }) {
    const map = RuleMap.of(outer.required('time'), 'a map such as { path: start } or { date: …, clock: …, zone: … }');
    map.only([...SOURCE_KEYS, ...WALL_KEYS, 'zone', 'gap', 'overlap', 'format', 'plus', 'minus'], 'a time rule');
    const isWall = WALL_KEYS.some((key) => map.has(key));
    if (isWall === map.has('path')) {
      throw new Problem(map.node, 'a time rule has either "path" or "date" and "clock" or "local"');
    }
    if (map.has('date') && !map.has('clock') && map.has('format')) return rewriteDate(map, site);
    if (!isWall) refuseWithoutUse(map);
    if (!isWall && !map.has('plus') && !map.has('minus') && !map.has('format')) return readUtcText(map, site);
    const read = isWall ? readWallTime(map, site) : readInstant(map, site);
    const plus = map.has('plus') ? readMinutes(map, 'plus', site, operand) : () => 0;
    const minus = map.has('minus') ? readMinutes(map, 'minus', site, operand) : () => 0;
    const print = map.has('format') ? printWallTime(map, site) : printInstant;
    return (item, root) => {
      const instant = read(item, root);
      if (instant === undefined) return undefined;
      return print(instant + (plus(item, root) - minus(item, root)) * 60_000, item, root);
    };
  },
};

function refuseWithoutUse(map: RuleMap): void {
  for (const key of ['gap', 'overlap']) {
    if (map.has(key))
      throw new Problem(map.get(key), `"${key}" belongs to a time read by "date" and "clock" or "local"`);
  }
  if (map.has('zone') && !map.has('format')) {
    throw new Problem(
      map.get('zone'),
      'a zone beside "path" needs a "format" to write; to read a local time use "local: { path, format }"',
    );
  }
}

/** A day has no instant and no zone: it is only written differently. */
function rewriteDate(map: RuleMap, site: Place): Read {
  map.only(['date', 'format'], 'a date without a clock');
  const { read, isPartial } = readDate(map, site);
  const format = map.text('format') ?? '';
  const pattern =
    PARTIAL_DATES.get(format) ?? (format === HL7_FORMAT ? HL7_DATE : compilePattern(format, map.required('format')));
  if (!pattern.hasDate || pattern.hasClock) {
    throw new Problem(map.get('format'), 'a date without a clock is written with year, month and day, and no hour');
  }
  if (isPartial && pattern.isPartial !== true) {
    throw new Problem(
      map.get('format'),
      'a day of which a part may be missing is written as hl7-partial or fhir-partial',
    );
  }
  return (item, root) => {
    const day = read(item, root);
    return day && pattern.print(day);
  };
}

function printWallTime(map: RuleMap, site: Place): (instant: number, item: unknown, root: unknown) => string {
  if (!map.has('zone')) throw new Problem(map.get('format'), 'a "format" needs a "zone"');
  const zone = readZone(map, site);
  if (map.text('format') === HL7_FORMAT) return (instant, item, root) => printHl7(instant, zone(item, root));
  const pattern = compilePattern(map.text('format') ?? '', map.required('format'));
  return (instant, item, root) => pattern.print(wallTimeOf(instant, zone(item, root)));
}
