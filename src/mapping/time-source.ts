/** Where a time rule gets its instant, its zone and its minutes from. */
import { isTimeZone } from '../domain/time-zone.ts';
import { typeFound } from './mapping-error.ts';
import type { Place } from './observer.ts';
import { instantOf, isPrintedInstant, parseInstant, printInstant, type ClockChange } from './instant.ts';
import { compileDuration, isDuration, MINUTES_MAX } from './duration.ts';
import { misfit, type RuleScope } from './rule.ts';
import { HL7_DATE, HL7_FORMAT, HL7_TIME, HL7_TIME_OR_DAY } from './hl7-pattern.ts';
import { PARTIAL_DATES } from './partial-date.ts';
import { RuleMap } from './rule-map.ts';
import { compileOne, SOURCE_KEYS, type OneSource } from './source.ts';
import { compilePattern, type TimePattern, type WallTime } from './time-pattern.ts';
import type { Value } from './treatment.ts';
import { Problem } from './yaml-file.ts';

type ReadNumber = (item: unknown, root: unknown) => number;
type ReadInstant = (item: unknown, root: unknown) => number | undefined;

export function readInstant(map: RuleMap, site: Place): ReadInstant {
  const { read, parse } = instantAt(map, site);
  return (item, root) => {
    const value = read(item, root);
    return value === undefined ? undefined : parse(value);
  };
}

/** The same as RFC 3339 in UTC. */
export function readUtcText(map: RuleMap, site: Place): (item: unknown, root: unknown) => string | undefined {
  const { read, parse } = instantAt(map, site);
  return (item, root) => {
    const value = read(item, root);
    if (value === undefined) return undefined;
    return typeof value === 'string' && isPrintedInstant(value) ? value : printInstant(parse(value));
  };
}

function instantAt(map: RuleMap, site: Place): { read: OneSource['read']; parse: (value: Value) => number } {
  const { read, text: sourcePath } = compileOne(map, site, 'a time');
  const parse = (value: Value): number => {
    const instant = typeof value === 'string' ? parseInstant(value) : 'unreadable';
    if (typeof instant === 'number') return instant;
    const advice =
      instant === 'unzoned'
        ? 'This one has no offset: read it by "local: { path, format }" with the zone it is meant in.'
        : 'This is no such time: read it by "date" and "clock", or "local", with a format.';
    const expected = 'a time with offset (RFC 3339, such as 2027-03-08T15:00:00Z)';
    return misfit(site, { sourcePath, found: typeFound(value), expected, advice });
  };
  return { read, parse };
}

export function readWallTime(map: RuleMap, site: Place): ReadInstant {
  if (map.has('local') === (map.has('date') || map.has('clock'))) {
    throw new Problem(map.node, 'a local time is either "local" or "date" and "clock"');
  }
  if (!map.has('zone'))
    throw new Problem(map.node, 'a local time needs a "zone": { path: … } or { const: Europe/Berlin }');
  const read = map.has('local') ? patternAt(map, 'local', site, ['date', 'clock']).read : dateAndClock(map, site);
  const zone = readZone(map, site);
  const policy: ClockChange = {
    gap: map.choice('gap', ['earlier', 'later', 'refuse']) ?? 'refuse',
    overlap: map.choice('overlap', ['earlier', 'later', 'refuse']) ?? 'earlier',
  };
  return (item, root) => {
    const found = read(item, root);
    if (found === undefined) return undefined;
    const instant = instantWritten(found.time) ?? instantOf(found.time, zone(item, root), policy);
    if (typeof instant === 'number') return instant;
    return misfit(site, {
      sourcePath: found.sourcePath,
      found: 'text',
      expected: instant === 'gap' ? 'a local time that exists' : 'a local time that occurs once',
      advice:
        instant === 'gap'
          ? 'The clocks skip this one when summer time begins: ask the vendor what is meant, correct the zone, or say "gap: earlier" or "gap: later".'
          : 'The clocks show this one twice when summer time ends: say "overlap: earlier" or "overlap: later".',
    });
  };
}

/** By the offset in the text itself; undefined when it has none. */
function instantWritten({ year, month, day, hour, minute, second, offsetMinutes }: WallTime): number | undefined {
  return offsetMinutes === undefined ? undefined : Date.UTC(year, month - 1, day, hour, minute - offsetMinutes, second);
}

type ReadWall = (item: unknown, root: unknown) => { readonly time: WallTime; readonly sourcePath: string } | undefined;

function dateAndClock(map: RuleMap, site: Place): ReadWall {
  const { read: date, pattern } = patternAt(map, 'date', site, ['date']);
  const { read: clock } = patternAt(map, 'clock', site, ['clock']);
  if (pattern.isPartial) throw new Problem(map.get('date'), 'a time needs a whole day; read it as hl7 or by a pattern');
  return (item, root) => {
    const day = date(item, root);
    const hour = clock(item, root);
    if (!day || !hour) return undefined;
    const { year, month, day: dayOfMonth } = day.time;
    return {
      time: { ...hour.time, year, month, day: dayOfMonth },
      sourcePath: `${day.sourcePath}, ${hour.sourcePath}`,
    };
  };
}

/** `{ path, format }`; the text is trimmed first, as vendors pad their hours with blanks. */
function patternAt(
  map: RuleMap,
  key: string,
  site: Place,
  wanted: readonly ('date' | 'clock')[],
): { readonly read: ReadWall; readonly pattern: TimePattern } {
  const inner = RuleMap.of(map.required(key), `{ path: …, format: … } as "${key}"`);
  inner.only([...SOURCE_KEYS, 'format'], `"${key}"`);
  const format = inner.text('format');
  if (format === undefined)
    throw new Problem(inner.node, `"${key}" lacks a "format", such as ${key === 'clock' ? 'HH:mm' : 'yyyy-MM-dd'}`);
  const pattern = patternOf(format, key, inner);
  refuseIncomplete(pattern, wanted, key, inner);
  const { read, text: sourcePath } = compileOne(inner, site, 'a time');
  const readWall: ReadWall = (item, root) => {
    const value = read(item, root);
    if (value === undefined) return undefined;
    const time = typeof value === 'string' ? pattern.parse(value.trim()) : undefined;
    if (time) return { time, sourcePath };
    return misfit(site, {
      sourcePath,
      found: typeFound(value),
      expected: `a real date or time written as ${format}`,
      advice: 'Correct the format, or ask the vendor what else is sent here.',
    });
  };
  return { read: readWall, pattern };
}

function patternOf(format: string, key: string, map: RuleMap): TimePattern {
  const partial = key === 'date' ? PARTIAL_DATES.get(format) : undefined;
  if (partial) return partial;
  if (format === 'hl7-or-day' && key === 'local') return HL7_TIME_OR_DAY;
  if (format !== HL7_FORMAT) return compilePattern(format, map.required('format'));
  return key === 'date' ? HL7_DATE : HL7_TIME;
}

/** `{ date: { path, format } }` alone: a day, in no zone. */
export function readDate(
  map: RuleMap,
  site: Place,
): { readonly read: (item: unknown, root: unknown) => WallTime | undefined; readonly isPartial: boolean } {
  const { read, pattern } = patternAt(map, 'date', site, ['date']);
  return { read: (item, root) => read(item, root)?.time, isPartial: pattern.isPartial === true };
}

function refuseIncomplete(
  pattern: TimePattern,
  wanted: readonly ('date' | 'clock')[],
  key: string,
  map: RuleMap,
): void {
  const at = map.get('format');
  if (wanted.includes('date') && !pattern.hasDate)
    throw new Problem(at, `the format of "${key}" needs year, month and day`);
  if (wanted.includes('clock') && !pattern.hasClock)
    throw new Problem(at, `the format of "${key}" needs an hour: H, HH, or h with a`);
  if (key === 'date' && pattern.hasClock)
    throw new Problem(at, 'the format of "date" has an hour; read both by "local"');
  if (key === 'clock' && pattern.hasDate)
    throw new Problem(at, 'the format of "clock" has a date; read both by "local"');
}

export function readZone(map: RuleMap, site: Place): (item: unknown, root: unknown) => string {
  const inner = RuleMap.of(map.required('zone'), 'a zone: { path: … } or { const: Europe/Berlin }');
  if (inner.has('const')) {
    inner.only(['const'], 'a constant zone');
    const zone = inner.text('const') ?? '';
    if (!isTimeZone(zone))
      throw new Problem(inner.get('const'), `"${zone}" is not an IANA zone; write one such as Europe/Berlin`);
    return () => zone;
  }
  inner.only([...SOURCE_KEYS, 'default'], 'a zone');
  const { read, text: sourcePath } = compileOne(inner, site, 'a zone');
  const otherwise = inner.text('default');
  if (otherwise !== undefined && !isTimeZone(otherwise))
    throw new Problem(inner.get('default'), `"${otherwise}" is not an IANA zone; write one such as Europe/Berlin`);
  return (item, root) => {
    const zone = read(item, root) ?? otherwise;
    if (typeof zone === 'string' && isTimeZone(zone)) return zone;
    const advice = 'Say the zone of the location, for instance in what the adapter hands to the mapping.';
    return misfit(site, {
      sourcePath,
      found: typeFound(zone),
      expected: 'the name of an IANA zone, such as Europe/Berlin',
      advice,
    });
  };
}

/** `plus` and `minus`: `{ minutes: { path } | { const } }`, or `{ duration: … }` as in the rule of that name. */
export function readMinutes(
  map: RuleMap,
  key: 'plus' | 'minus',
  site: Place,
  operand: RuleScope['operand'],
): ReadNumber {
  const plus = RuleMap.of(map.required(key), `{ minutes: { path: … } } as "${key}"`);
  plus.only(['minutes', 'duration'], `"${key}"`);
  if (plus.has('duration') && plus.has('minutes'))
    throw new Problem(plus.get('duration'), `"${key}" has either "minutes" or "duration"`);
  if (plus.has('duration')) return readDuration(plus, site, operand);
  const inner = RuleMap.of(plus.required('minutes'), '{ path: … } or { const: 30 } as "minutes"');
  if (inner.has('const')) {
    inner.only(['const'], 'constant minutes');
    const minutes = inner.scalar('const');
    if (!isDuration(minutes)) throw new Problem(inner.get('const'), `expected whole minutes, 0 to ${MINUTES_MAX}`);
    return () => minutes;
  }
  inner.only(SOURCE_KEYS, '"minutes"');
  const { read, text: sourcePath } = compileOne(inner, site, 'a duration');
  return (item, root) => {
    const minutes = read(item, root);
    if (isDuration(minutes)) return minutes;
    const advice =
      typeof minutes === 'string'
        ? 'Add "as: integer" if it is written as text.'
        : 'Correct the path, or ask the vendor what is sent here.';
    const expected = `whole minutes, 0 to ${MINUTES_MAX}`;
    return misfit(site, { sourcePath, found: typeFound(minutes), expected, advice });
  };
}

/** A duration that must be there: time is reckoned with it. */
function readDuration(map: RuleMap, site: Place, operand: RuleScope['operand']): ReadNumber {
  const { read, text: sourcePath } = compileDuration(map, site, operand);
  return (item, root) =>
    read(item, root) ??
    misfit(site, {
      sourcePath,
      found: 'absent',
      expected: 'a duration',
      advice: 'Correct the path, or ask the vendor why it is missing.',
    });
}
