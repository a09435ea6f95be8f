import { describe, expect, test } from '@jest/globals';
import {
  addExample,
  printJson,
  readInput,
  reportCoverage,
  runGolden,
  updatesOf,
  UsageError,
  withMembers,
} from '../../../src/mapping-tools/index.ts';
import { CONTRACTS, headOf, refTo } from './at-hand.ts';

const MAPPING = `${headOf('one', 'examples: [a.json, b.json]')}fields:
  id: { path: [key, id] }
  kind: { const: video, when: { path: video, equals: true } }
  times: { each: hours, fields: { at: { path: t } } }
`;
const texts = (a: object, b: object): Record<string, string> => ({
  'one.yaml': MAPPING,
  'a.json': JSON.stringify(a),
  'b.json': JSON.stringify(b),
});
const GOOD = { input: { id: '1', left: 'over', hours: [{ t: '9' }] }, output: { id: '1', times: [{ at: '9' }] } };

describe('golden examples', () => {
  test('one that does not hold is told with its place in the output', () => {
    const runs = runGolden(refTo('one', texts(GOOD, { input: { id: '1' }, output: { id: '2' } })), CONTRACTS);
    expect(runs).toEqual([
      { mapping: 'x/one', example: 'a.json', problems: [] },
      { mapping: 'x/one', example: 'b.json', problems: ['/id is "1", expected "2"'] },
    ]);
  });

  test('a mapping that cannot be loaded, or has no example, is a failure', () => {
    const problems = (text: string): unknown => runGolden(refTo('one', { 'one.yaml': text }), CONTRACTS);
    expect(problems(MAPPING)).toMatchObject([
      { example: undefined, problems: [expect.any(String), expect.any(String)] },
    ]);
    expect(problems(headOf('one', 'examples: []') + 'fields: { a: { path: b } }')).toMatchObject([
      { problems: ['it has no example; add one to "examples"'] },
    ]);
  });

  test('an update writes outputs that are old or missing; those that hold, and errors, stay', () => {
    const old = { note: 'kept', input: { id: '1' }, output: { id: '2' } };
    expect(updatesOf(refTo('one', texts(GOOD, old)), CONTRACTS)).toEqual([
      { path: 'b.json', text: printJson({ note: 'kept', input: { id: '1' }, output: { id: '1' } }) },
    ]);
    expect(updatesOf(refTo('one', texts(GOOD, { input: { id: '1' } })), CONTRACTS)).toMatchObject([{ path: 'b.json' }]);
    expect(updatesOf(refTo('one', texts(GOOD, { input: { id: {} }, error: 'x' })), CONTRACTS)).toEqual([]);
    expect(updatesOf(refTo('one', texts(GOOD, { input: { id: {} }, output: {} })), CONTRACTS)).toEqual([]);
  });

  test('an example is named in the mapping file without a change of anything else', () => {
    expect(addExample('a: 1 # why\nexamples: []\n', 'e/x.json')).toBe('a: 1 # why\nexamples: [e/x.json]\n');
    expect(addExample('examples: [e/a.json]\nb: { c: d }\n', 'e/x.json')).toBe(
      'examples: [e/a.json, e/x.json]\nb: { c: d }\n',
    );
    expect(addExample('examples:\n  - e/a.json\n  - e/b.json # last\nz: 1\n', 'e/x.json')).toBe(
      'examples:\n  - e/a.json\n  - e/b.json\n  - e/x.json # last\nz: 1\n',
    );
    expect(addExample('mapping: x\n', 'e/x.json')).toBeUndefined();
  });
});

test('what the connection knows is put beside a message, unless the message says it itself', () => {
  const zone = { timeZone: 'Europe/Berlin' };
  expect(withMembers({ a: 1 }, zone)).toEqual({ a: 1, timeZone: 'Europe/Berlin' });
  expect(withMembers({ timeZone: 'Asia/Tokyo' }, zone)).toEqual({ timeZone: 'Asia/Tokyo' });
  expect(withMembers([1], {})).toEqual([1]);
  expect(() => withMembers([1], zone)).toThrow(UsageError);
});

test('messages are read as JSON, XML or HL7 v2, by what they begin with', () => {
  const read = (text: string, lists: string[] = []): unknown => readInput('x', Buffer.from(text), { lists });
  expect(read('{"a": 1}')).toEqual({ a: 1 });
  expect(read('\uFEFF<?xml version="1.0"?><n:Slots xmlns:n="urn:n"><Slot id="7"/></n:Slots>', ['Slots/Slot'])).toEqual({
    Slots: { Slot: [{ '@id': '7', '#text': '' }] },
  });
  expect(read('\u000BMSH|^~\\&|HIS|||||20270301||SIU^S12|1|P|2.5\rSCH|9^X\r')).toMatchObject({
    'SCH-1': { 1: '9', 2: 'X' },
  });
  expect(() => read('Dear colleague')).toThrow('neither JSON nor XML nor HL7 v2');
  expect(() => read('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')).toThrow(UsageError);
});

test('JSON is written as the formatter writes it', () => {
  expect(printJson({ a: [], b: {}, c: ['x', 'y'], d: [{ e: [1, null] }], f: ['x'.repeat(110), 'y'] })).toBe(
    `{\n  "a": [],\n  "b": {},\n  "c": ["x", "y"],\n  "d": [\n    {\n      "e": [1, null]\n    }\n  ],\n  "f": [\n    "${'x'.repeat(110)}",\n    "y"\n  ]\n}\n`,
  );
});

describe('coverage', () => {
  test('tells which fields no example sets, which values no rule reads, which ways no example goes', () => {
    const report = reportCoverage(refTo('one', texts(GOOD, GOOD)), CONTRACTS);
    expect(report.fields).toEqual({
      done: 2,
      total: 3,
      percent: 66,
      neverSet: [{ field: 'kind', line: 7, column: 9 }],
      each: [
        { field: 'id', line: 6, column: 7, setBy: ['a.json', 'b.json'] },
        { field: 'kind', line: 7, column: 9, setBy: [] },
        { field: 'times[].at', line: 8, column: 39, setBy: ['a.json', 'b.json'] },
      ],
    });
    expect(report.source.neverRead).toEqual(['left']);
    expect(report.branches.neverTaken).toContainEqual({
      field: 'kind',
      line: 7,
      column: 9,
      what: 'when',
      outcome: 'holds',
    });
    expect(report.branches.neverTaken).toContainEqual({
      field: 'id',
      line: 6,
      column: 7,
      what: 'path',
      outcome: 'key',
    });
  });

  test('names members of the contract that no rule makes', () => {
    const body =
      'fields:\n  externalId: { path: id }\n  providerExternalId: { path: id }\n  locationExternalId: { path: id }\n  start: { path: s }\n  end: { path: s }\n';
    const example = { input: {}, error: 'field' };
    const ref = refTo('one', {
      'one.yaml': headOf('one', 'to: his-slot\nexamples: [a.json]') + body,
      'a.json': JSON.stringify(example),
    });
    expect(reportCoverage(ref, CONTRACTS)).toMatchObject({ withoutRule: ['mode', 'details'], fields: { done: 0 } });
  });

  test('a mapping that does not load is refused with all its problems', () => {
    expect(() => reportCoverage(refTo('one', { 'one.yaml': MAPPING }), CONTRACTS)).toThrow(
      /one\.yaml:3:\d+ .*\n.*one\.yaml:3:/,
    );
  });
});
