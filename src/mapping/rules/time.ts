/**
 * `{ time: … }`, in three forms:
 *   { path }                                  an RFC 3339 time with offset
 *   { date, clock, zone } or { local, zone }  what a wall clock in a zone shows
 *   either of them with `format` and `zone`   the way back: an instant as the wall clock's text
 * and with `plus: { minutes }` that much later. Without `format` the answer is RFC 3339 in UTC.
 */
import type { Site } from '../mapping-error.ts';
import type { RuleKind } from '../rule.ts';
import { RuleMap } from '../rule-map.ts';
import { printInstant, wallTimeOf } from '../instant.ts';
import { compilePattern } from '../time-pattern.ts';
import { readInstant, readMinutes, readUtcText, readWallTime, readZone } from '../time-source.ts';
import { SOURCE_KEYS } from '../source.ts';
import { Problem } from '../yaml-file.ts';

const WALL_KEYS = ['date', 'clock', 'local'];

export const timeRule: RuleKind = {
  key: 'time',
  keys: [],
  compile(outer, { site }) {
    const map = RuleMap.of(outer.required('time'), 'a map such as { path: start } or { date: …, clock: …, zone: … }');
    map.only([...SOURCE_KEYS, ...WALL_KEYS, 'zone', 'overlap', 'format', 'plus'], 'a time rule');
    const isWall = WALL_KEYS.some((key) => map.has(key));
    if (isWall === map.has('path')) {
      throw new Problem(map.node, 'a time rule has either "path" or "date" and "clock" or "local"');
    }
    if (!isWall) refuseWithoutUse(map);
    if (!isWall && !map.has('plus') && !map.has('format')) return readUtcText(map, site);
    const read = isWall ? readWallTime(map, site) : readInstant(map, site);
    const minutes = map.has('plus') ? readMinutes(map, site) : () => 0;
    const print = map.has('format') ? printWallTime(map, site) : printInstant;
    return (item, root) => {
      const instant = read(item, root);
      return instant === undefined ? undefined : print(instant + minutes(item, root) * 60_000, item, root);
    };
  },
};

function refuseWithoutUse(map: RuleMap): void {
  if (map.has('overlap')) {
    throw new Problem(map.get('overlap'), '"overlap" belongs to a time read by "date" and "clock" or "local"');
  }
  if (map.has('zone') && !map.has('format')) {
    throw new Problem(
      map.get('zone'),
      'a zone beside "path" needs a "format" to write; to read a local time use "local: { path, format }"',
    );
  }
}

function printWallTime(map: RuleMap, site: Site): (instant: number, item: unknown, root: unknown) => string {
  if (!map.has('zone')) throw new Problem(map.get('format'), 'a "format" needs a "zone"');
  const pattern = compilePattern(map.text('format') ?? '', map.required('format'));
  const zone = readZone(map, site);
  return (instant, item, root) => pattern.print(wallTimeOf(instant, zone(item, root)));
}
