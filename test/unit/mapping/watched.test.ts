import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadContracts } from '../../../src/contracts.ts';
import {
  coverageOf,
  loadMappings,
  loadMappingTexts,
  MappingError,
  type WatchedMapping,
} from '../../../src/mapping/index.ts';
import { contractsOf, head } from './mapping-directory.ts';

const ROOT = join(import.meta.dirname, '../../..');

function watched(fields: string, more: Readonly<Record<string, string>> = {}): WatchedMapping {
  const texts = { 'one.yaml': `${head('one')}${fields}`, 'examples/any.json': '{"input": {}, "output": {}}', ...more };
  const mapping = loadMappingTexts(new Map(Object.entries(texts)), 'mappings/x', contractsOf({})).mappings.get('one');
  if (!mapping) throw new Error('expected the mapping "one"');
  return mapping.watched();
}

const madeBy = (mapping: WatchedMapping, input: unknown): string[] =>
  mapping
    .observe(input)
    .made.map(({ at, rule, line, column, from, asked }) =>
      `${at} ${rule} ${line}:${column} < ${from.join(' ')}${asked.length > 0 ? ` ? ${asked.join(' ')}` : ''}`.trim(),
    );

describe('a watched mapping tells which rule made which field, of what', () => {
  test('of every kind of rule', () => {
    const fields = `fields:
  path: { path: [none, 'a[0].b'] }
  const: { const: 1 }
  text: { text: '{id}-{t}' }
  split: { split: { path: id, by: e } }
  join: { join: [{ path: id }, { path: t }] }
  phone: { phone: { path: tel, country: { path: land } } }
  table: { table: codes/c.csv, path: id }
  time: { time: { local: { path: t, format: hl7 }, zone: { path: z } } }
  duration: { duration: { path: n, unit: { path: u } } }
  first: { first: [{ path: none }, { path: id }] }
  fields: { fields: { x: { path: id } } }
  each: { each: a, fields: { b: { path: b }, n: { path: none }, w: { path: b, when: { path: b, equals: 2 } } } }
  item: { each: a, item: { path: b } }
  group: { group: a, by: b, fields: { k: { path: key }, n: { expr: $count(items) } } }
  list: { list: [{ path: none }, { path: id }, { path: "a[b=2].b" }] }
  expr: { expr: 'id & a[0].b' }
  none: { path: none, default: d }
`;
    const mapping = watched(fields, { 'codes/c.csv': 'vendor,canonical,source,date\ne1,z,s,d\n' });
    const input = {
      id: 'e1',
      a: [{ b: 1 }, { b: 2 }],
      t: '202703080900',
      z: 'UTC',
      n: 1,
      u: 'h',
      tel: '2025550143',
      land: 'US',
    };
    expect(madeBy(mapping, input)).toEqual([
      '/path path 5:9 < /a/0/b',
      '/const const 6:10 <',
      '/text text 7:9 < /id /t',
      '/split split 8:10 < /id',
      '/join join 9:9 < /id /t',
      '/phone phone 10:10 < /tel /land',
      '/table table 11:10 < /id',
      '/time time 12:9 < /t /z',
      '/duration duration 13:13 < /n /u',
      '/first path 14:36 < /id',
      '/fields/x path 15:26 < /id',
      '/each/0/b path 16:33 < /a/0/b',
      '/each/1/b path 16:33 < /a/1/b',
      '/each/1/w path 16:68 < /a/1/b ? /a/1/b',
      '/item/0 path 17:26 < /a/0/b',
      '/item/1 path 17:26 < /a/1/b',
      '/group/0/k path 18:42 <',
      '/group/0/n expr 18:60 <',
      '/group/1/k path 18:42 <',
      '/group/1/n expr 18:60 <',
      '/list/0 path 19:34 < /id',
      '/list/1 path 19:48 < /a/1/b ? /a/0/b /a/1/b',
      '/expr expr 20:9 < /id /a/0/b',
      '/none path 21:9 <',
    ]);
  });

  test('and what it read when it fails on the way', () => {
    const seen = watched('fields:\n  a: { path: a }\n  b: { path: b, as: number }\n  c: { path: c }\n').observe({
      a: 1,
      b: 'CANARY',
      c: 1,
    });
    expect(seen.error).toBeInstanceOf(MappingError);
    expect(seen.output).toBeUndefined();
    expect(seen.made.map(({ at }) => at)).toEqual(['/a']);
    expect(seen.source).toEqual([
      { pointer: '/a', path: 'a', read: true },
      { pointer: '/b', path: 'b', read: true },
      { pointer: '/c', path: 'c', read: false },
    ]);
  });
});

describe('coverage', () => {
  test('names what was never read, never made, and where it never went', () => {
    const mapping = watched(
      `fields:
  a: { path: 'list[*].a', when: { path: ok, equals: true } }
  b: { path: b, default: x }
  c: { table: codes/c.csv, path: c, unmapped: { default: z } }
  d: { path: [d, e] }
`,
      { 'codes/c.csv': 'vendor,canonical,source,date\nC,z,s,d\n' },
    );
    const coverage = coverageOf(mapping, [
      { list: [{ a: 1, 'odd name': 2 }], ok: false, c: 'C' },
      { list: [{ a: 1 }], ok: false, b: 1, c: '?', e: 5 },
    ]);
    expect(coverage.source).toEqual([
      { path: 'b', read: true },
      { path: 'c', read: true },
      { path: 'e', read: true },
      { path: "list[].'odd name'", read: false },
      { path: 'list[].a', read: false },
      { path: 'ok', read: true },
    ]);
    expect(coverage.fields.map(({ field, kind, line, set }) => [field, kind, line, set])).toEqual([
      ['a', 'path', 5, false],
      ['b', 'path', 6, true],
      ['c', 'table', 7, true],
      ['d', 'path', 8, true],
    ]);
    expect(coverage.branches.map(({ field, what, outcome, taken }) => `${field} ${what}: ${outcome} ${taken}`)).toEqual(
      [
        'a when: holds 0',
        'a when: does not hold 2',
        'b default: not needed 1',
        'b default: used 1',
        'c table: a listed code 1',
        'c table: unmapped 1',
        'd path: d 0',
        'd path: e 1',
      ],
    );
  });

  test('counts a field of HL7 v2 once, though the tree shows it at several places', () => {
    const mapping = watched('fields:\n  a: { path: SCH-11.4 }\n  b: { path: "PID[0].PID-3~[1].1" }\n');
    const sch = { segment: 'SCH', 'SCH-11': { '4': 'x' }, 'SCH-11~': [{ '4': 'x' }] };
    const pid = { segment: 'PID', 'PID-3': { '1': 'a' }, 'PID-3~': [{ '1': 'a' }, { '1': 'b' }] };
    const { segment: _sch, ...ofSch } = sch;
    const { segment: _pid, ...ofPid } = pid;
    const { source } = mapping.observe(
      structuredClone({ segments: [sch, pid], ...ofSch, SCH: [sch], ...ofPid, PID: [pid] }),
    );
    expect(source.filter(({ read }) => !read).map(({ path }) => path)).toEqual(['PID-3.1']);
    expect(source.filter(({ read }) => read).map(({ path }) => path)).toEqual(['SCH-11.4', 'PID-3~[].1']);
  });
});

describe('watching changes nothing', () => {
  const library = loadMappings(join(ROOT, 'mappings'), loadContracts(join(ROOT, 'contracts')));

  test('of what the shipped mappings answer to their examples', () => {
    const outcome = (work: () => unknown): unknown => {
      try {
        return JSON.parse(JSON.stringify(work()));
      } catch (error) {
        return error instanceof MappingError ? error.message : error;
      }
    };
    let examples = 0;
    for (const { mapping } of library.all()) {
      for (const { input } of mapping.exampleFiles) {
        const { output, error } = mapping.watched().observe(input);
        expect(error?.message ?? JSON.parse(JSON.stringify(output))).toEqual(outcome(() => mapping.apply(input)));
        examples += 1;
      }
    }
    expect(examples).toBeGreaterThan(50);
  });

  test('of an input that is frozen, or holds one thing twice', () => {
    const shared = Object.freeze({ b: 'x' });
    const input = Object.freeze({ a: Object.freeze([shared, shared]) });
    const { output, source } = watched("fields:\n  out: { path: 'a[*].b' }\n").observe(input);
    expect(output).toEqual({ out: ['x', 'x'] });
    expect(source).toEqual([{ pointer: '/a/0/b', path: 'a[].b', read: true }]);
  });
});
