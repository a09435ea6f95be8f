import { describe, expect, test } from '@jest/globals';
import { lintMappings } from '../../../src/mapping-tools/index.ts';
import { CONTRACTS, filesOf, headOf } from './at-hand.ts';

const EXAMPLE = { 'examples/any.json': '{"input": {}, "output": {}}' };
const TABLE = 'vendor,canonical,source,date\nOV,in-person,list of visit types,2026-05-01\n';

/** The findings of one mapping whose fifth line `fields:` is, as `line:column code message`. */
function linted(body: string, more?: string, others: Readonly<Record<string, string>> = {}): string[] {
  const texts = { 'one.yaml': headOf('one', more) + body, ...EXAMPLE, ...others };
  return lintMappings({ files: filesOf(texts), names: ['one'] }, CONTRACTS).map(
    ({ file, line, column, code, message }) =>
      `${file === 'mappings/x/one.yaml' ? '' : `${file}:`}${line}:${column} ${code} ${message}`,
  );
}

const TO_SLOT = 'to: his-slot\nexamples: [examples/any.json]';
const SLOT = `fields:
  externalId: { path: id }
  providerExternalId: { path: p }
  locationExternalId: { path: l }
  start: { time: { path: s } }
  end: { time: { path: e } }
`;

test('a sound mapping has no findings', () => {
  expect(
    linted(`${SLOT}  mode: { table: codes/modes.csv, path: m, when: { path: m, present: true } }\n`, TO_SLOT, {
      'codes/modes.csv': TABLE,
    }),
  ).toEqual([]);
});

test('what the hub refuses at its start is a finding too, with its place', () => {
  expect(linted('fields:\n  a: { pth: x }\n')).toEqual([
    expect.stringMatching(/^6:6 invalid a rule has one of path, /),
  ]);
  expect(
    linted('fields:\n  a: { time: { local: { path: t, format: yyyyMMddHHmm }, zone: { const: Europe/Berln } } }\n'),
  ).toEqual([expect.stringMatching(/^6:\d+ invalid "Europe\/Berln" is not an IANA zone/)]);
  expect(linted('fields:\n  a: { path: x }\n', 'examples: []')).toEqual([
    expect.stringMatching(/^1:1 invalid "examples" is empty/),
  ]);
});

describe('a rule that is never used is found', () => {
  test.each<[string, string, string]>([
    [
      'as its condition contradicts one around it',
      'fields:\n  a:\n    when: { path: kind, equals: x }\n    fields: { b: { path: c, when: { path: kind, in: [y, z] } } }\n',
      '8:35 unreachable "kind" is asked about before or further out too',
    ],
    [
      'as it wants absent what a condition around it wants present',
      'fields:\n  a:\n    when: { path: kind, present: true }\n    fields: { b: { path: c, when: { path: kind, present: false } } }\n',
      '8:35 unreachable "kind" is asked about',
    ],
    [
      'as no number equals a text',
      'fields:\n  a: { path: b, when: { path: n, as: integer, equals: "1" } }\n',
      '6:23 unreachable no value can fit this condition: after "as: integer"',
    ],
    [
      'as nothing trimmed has blanks around it',
      'fields:\n  a: { path: b, when: { path: n, trim: true, equals: " x" } }\n',
      '6:23 unreachable no value can fit this condition: after "trim"',
    ],
    ['as no item fits two filters', "fields:\n  a: { path: 'list[k=1][k=2].v' }\n", '6:14 unreachable no item can fit'],
    ['as the same path stands before it', 'fields:\n  a: { path: [b, c, b] }\n', '6:21 shadowed "b" stands earlier'],
    ['as a constant is always there', 'fields:\n  a: { const: x, default: y }\n', '6:27 shadowed a constant is always'],
    [
      'as a default leaves nothing to require',
      'fields:\n  a: { path: x, required: true, default: y }\n',
      '6:27 shadowed with a "default"',
    ],
    [
      'as two of its own conditions exclude each other',
      'fields:\n  a: { path: b, when: { all: [{ path: k, equals: x }, { path: k, begins: y }] } }\n',
      '6:55 unreachable "k" is asked about before',
    ],
    [
      'as one of several alternatives cannot hold',
      'fields:\n  a: { path: b, when: { any: [{ path: k, case: upper, equals: x }, { path: k, equals: y }] } }\n',
      '6:31 unreachable no value can fit this condition: after "case" all letters are upper',
    ],
    [
      'as a rule that always answers stands before it',
      'fields:\n  a: { first: [{ path: b }, { const: x }, { path: c }] }\n',
      '6:43 shadowed rule 2 of this "first" answers whenever',
    ],
    [
      'as a rule before it answers in the same case, and in others',
      'fields:\n  a:\n    first:\n      - { const: x, when: { path: k, in: [1, 2] } }\n      - { path: c, when: { path: k, equals: 2 } }\n',
      '9:9 shadowed rule 1 of this "first"',
    ],
  ])('%s', (_why, body, start) => {
    expect(linted(body)).toEqual([expect.stringContaining(start)]);
  });

  test('as "expect" rules it out', () => {
    const head = 'expect: { path: type, equals: Bundle }\neach: entry\nexamples: [examples/any.json]';
    const rule = (path: string): string => `fields:\n  a: { path: b, when: { path: ${path}, equals: Error } }\n`;
    expect(linted(rule('$root.type'), head)).toEqual([expect.stringContaining('unreachable')]);
    // The item's own "type" is another one.
    expect(linted(rule('type'), head)).toEqual([]);
  });

  test('but not where an earlier rule may answer nothing, or another case is asked about', () => {
    const first = (earlier: string, later: string): string[] =>
      linted(`fields:\n  a: { first: [${earlier}, ${later}] }\n`);
    expect(first('{ path: b }', '{ const: x }')).toEqual([]);
    expect(first('{ const: x, when: { path: k, equals: 1 } }', '{ const: y, when: { path: k, equals: 2 } }')).toEqual(
      [],
    );
    const both = '{ all: [{ path: k, equals: 1 }, { any: [{ path: m, present: true }, { path: n, present: true }] }] }';
    expect(first(`{ const: x, when: ${both} }`, '{ const: y, when: { path: k, equals: 1 } }')).toEqual([]);
  });

  test('but not where the two conditions look at different items', () => {
    const inner = '{ each: list, fields: { c: { path: d, when: { path: kind, equals: y } } } }';
    expect(linted(`fields:\n  a:\n    when: { path: kind, equals: x }\n    fields: { b: ${inner} }\n`)).toEqual([]);
  });

  test('as the contract of the input has no such member, or never this value', () => {
    const from = 'from: his-book-request\nexamples: [examples/any.json]';
    expect(linted('fields:\n  a: { path: slot.externalID }\n', from)).toEqual([
      expect.stringMatching(
        /^7:14 unreachable contract his-book-request has no "slot.externalID"; here it has externalId, /,
      ),
    ]);
    expect(linted('fields:\n  a: { path: reason, when: { path: mode, equals: video } }\n', from)).toEqual([
      expect.stringMatching(/^7:\d+ unreachable contract his-book-request never has this value there/),
    ]);
    // What the adapter itself put into "details" is in no contract.
    expect(linted('fields:\n  a: { path: slot.details.anything }\n', from)).toEqual([]);
  });
});

describe('the contract of the output', () => {
  test('requires a rule for each of its required members, also of inner objects', () => {
    expect(linted(SLOT.replace(/ {2}end.*\n/, ''), TO_SLOT)).toEqual([
      expect.stringMatching(/^7:3 missing-target contract his-slot requires end; add a rule/),
    ]);
    const patient =
      'fields:\n  externalId: { path: a }\n  birthDate: { path: b }\n  identifiers: { const: [] }\n  name: { fields: { family: { path: f } } }\n';
    expect(linted(patient, 'to: his-patient\nexamples: [examples/any.json]')).toEqual([
      expect.stringMatching(/missing-target contract his-patient requires given in "name"/),
    ]);
  });

  test('has no other members than its own', () => {
    expect(linted(`${SLOT}  begin: { path: x }\n`, TO_SLOT)).toEqual([
      expect.stringMatching(/^12:10 unknown-target contract his-slot has no "begin"; it has externalId, /),
    ]);
  });

  test('allows every constant, default and canonical code that a rule can answer', () => {
    expect(linted(`${SLOT}  mode: { const: video }\n`, TO_SLOT)).toEqual([
      expect.stringMatching(/^12:18 never-fits this constant .* it allows in-person, telemedicine/),
    ]);
    expect(linted(`${SLOT}  mode: { path: m, default: '?' }\n`, TO_SLOT)).toEqual([
      expect.stringContaining('never-fits'),
    ]);
    const table = { 'codes/modes.csv': `${TABLE}VID,vidoe,list of visit types,2026-05-01\n` };
    expect(linted(`${SLOT}  mode: { table: codes/modes.csv, path: m }\n`, TO_SLOT, table)).toEqual([
      expect.stringContaining('never-fits the canonical code "vidoe" of codes/modes.csv'),
    ]);
  });
});

describe('code tables', () => {
  const rule = 'fields:\n  a: { table: codes/modes.csv, path: m }\n';

  test('a row without source or date is found at its own line', () => {
    const rows = `${TABLE}A,x,,2026-05-01\nB,y,seen,yesterday\nC,z,seen,2026-02-30\n`;
    expect(linted(rule, undefined, { 'codes/modes.csv': rows })).toEqual([
      expect.stringMatching(/^mappings\/x\/codes\/modes.csv:3:1 table-row has no source/),
      expect.stringMatching(/^mappings\/x\/codes\/modes.csv:4:1 table-row expected the day/),
      expect.stringMatching(/^mappings\/x\/codes\/modes.csv:5:1 table-row expected the day/),
    ]);
  });

  test('a repeated code is found once, at its own line', () => {
    const rows = `${TABLE}OV,telemedicine,seen,2026-05-01\n`;
    expect(linted(rule, undefined, { 'codes/modes.csv': rows })).toEqual([
      'mappings/x/codes/modes.csv:3:1 table-row repeats the vendor code "OV" of line 2; keep one row',
    ]);
  });

  test('a table and an example that nobody names are found when the whole set is examined', () => {
    const texts = {
      'one.yaml': `${headOf('one')}${rule}`,
      ...EXAMPLE,
      'codes/modes.csv': TABLE,
      'codes/old.csv': TABLE,
    };
    const others = ['codes/modes.csv', 'codes/old.csv', 'examples/any.json', 'examples/old.json'];
    const findings = lintMappings({ files: filesOf(texts), names: ['one'], others }, CONTRACTS);
    expect(findings.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'mappings/x/codes/old.csv unused-table',
      'mappings/x/examples/old.json unused-example',
    ]);
  });
});

test('a zone that is an abbreviation or a fixed offset is no place', () => {
  const zoned = (zone: string): string[] =>
    linted(`fields:\n  a: { time: { local: { path: t, format: yyyyMMddHHmm }, zone: { const: ${zone} } } }\n`);
  expect(zoned('EST')).toEqual([expect.stringMatching(/^6:\d+ zone "EST" is no place's time/)]);
  expect(zoned('Etc/GMT+5')).toEqual([expect.stringMatching(/zone "Etc\/GMT\+5"/)]);
  expect(zoned('Etc/UTC')).toEqual([]);
  expect(zoned('America/Indiana/Knox')).toEqual([]);
});
