/** Errors name place, rule, path and types, and what to do; never a value, whatever the rule. */
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MappingError, UnmappedCodeError } from '../../../src/mapping/index.ts';
import { RULE_KINDS } from '../../../src/mapping/rules/index.ts';
import { applyRule, loadFiles, misfitOf, ANY_EXAMPLE, head } from './mapping-directory.ts';

const CANARY = 'CANARY-7731';
const files = { 'x/codes/c.csv': 'vendor,canonical,source,date\nA,b,s,d\n' };
const input = {
  a: CANARY,
  n: 7731.25,
  o: { [CANARY]: CANARY, b: CANARY },
  l: [CANARY],
  rows: [{ k: { v: CANARY } }],
  t: '2027-07-31T23:59:59Z',
  big: CANARY.repeat(20_000),
};

/** By kind of rule: as many ways as it has to refuse. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  path: [
    '{ path: a.b }',
    '{ path: o }',
    '{ path: l }',
    "{ path: 'a[0]' }",
    '{ path: a, as: number }',
    '{ path: a, as: boolean }',
    '{ path: n, as: integer }',
    "{ path: a, after: '#' }",
    "{ path: a, before: '#' }",
    '{ path: none, required: true }',
  ],
  const: ['{ const: 1, when: { path: o, equals: 1 } }'],
  text: ["{ text: '{o}' }", "{ text: '{a.b}' }", "{ text: '{none}' }"],
  split: ['{ split: { path: big, by: C } }', '{ split: { path: n, by: x } }'],
  join: ['{ join: [{ const: { a: 1 } }] }', '{ join: [{ path: big }] }'],
  phone: [
    '{ phone: { path: a, country: US } }',
    '{ phone: { path: a } }',
    '{ phone: { path: a, country: { path: a } } }',
  ],
  table: [
    '{ table: codes/c.csv, path: a }',
    '{ table: codes/c.csv, path: a, reverse: true }',
    '{ table: codes/c.csv, path: a, unmapped: park }',
    "{ table: codes/c.csv, path: 'l[*]' }",
  ],
  time: [
    '{ time: { path: a } }',
    '{ time: { path: n } }',
    '{ time: { local: { path: a, format: hl7 }, zone: { const: UTC } } }',
    '{ time: { local: { path: a, format: yyyyMMddHH }, zone: { const: UTC } } }',
    '{ time: { path: t, zone: { path: a }, format: HH } }',
    '{ time: { path: t, plus: { minutes: { path: a } } } }',
    '{ time: { path: t, minus: { minutes: { path: n } } } }',
    '{ time: { path: t, plus: { duration: { path: none } } } }',
    '{ time: { date: { path: a, format: hl7-partial }, format: fhir-partial } }',
  ],
  duration: [
    '{ duration: { path: a } }',
    '{ duration: { path: n, unit: { path: a } } }',
    '{ duration: { path: a, format: iso } }',
    '{ duration: { path: n } }',
    '{ duration: { from: { path: a }, to: { path: t } } }',
  ],
  first: ['{ first: [{ path: none }, { path: o }] }'],
  fields: ['{ fields: { x: { path: o } } }'],
  each: [
    '{ each: a, fields: { b: { path: c } } }',
    '{ each: rows, fields: { b: { path: k } } }',
    '{ each: l, item: { path: ., as: number } }',
  ],
  group: [
    '{ group: rows, by: k, fields: { x: { path: key } } }',
    '{ group: rows, by: k.v, fields: { x: { path: key, as: number } } }',
  ],
  list: ['{ list: [{ path: o }] }'],
  expr: [
    '{ expr: a + 1 }',
    '{ expr: a & o }',
    '{ expr: $number(a) }',
    '{ expr: a < n }',
    '{ expr: a & big }',
    '{ expr: o = rows }',
  ],
};

test('every kind of rule is here', () => {
  expect(Object.keys(REFUSALS)).toEqual(RULE_KINDS.map(({ key }) => key));
});

describe.each(Object.entries(REFUSALS))('%s', (_kind, rules) => {
  test.each(rules)('%s', (rule) => {
    const error = misfitOf(() => applyRule(rule, input, { files }));
    expect(error.message).toMatch(
      /^mappings\/x\/one\.yaml:5:\d+ field "out[^"]*": expected .+ at ".+", found (absent|null|text|number|boolean|object|array)\. .+[.)] \(rule [a-z]+\)$/s,
    );
    expect(error.advice).not.toBe('');
    for (const shown of [inspect(error, { showHidden: true, depth: 9 }), JSON.stringify(error), error.stack])
      for (const value of [CANARY, '7731', '23:59']) expect(shown).not.toContain(value);
  });
});

test('a contract that is broken is told without the value', () => {
  const schemas = { c: { type: 'object', properties: { out: { enum: ['x'] } } } };
  const mapping = `${head('one')}to: c\nfields:\n  out: { path: a }\n`;
  const error = misfitOf(() =>
    loadFiles({ 'x/one.yaml': mapping, ...ANY_EXAMPLE }, schemas)
      .for('x')
      ?.apply('one', input),
  );
  expect(inspect(error, { showHidden: true })).not.toContain(CANARY);
});

describe('a code that waits for its row', () => {
  const rule = '{ table: codes/c.csv, path: a, unmapped: park }';

  test('is told to whoever asks for it, with its table, and to nobody else', () => {
    const error = misfitOf(() =>
      applyRule(`{ each: l, item: ${rule.replace('path: a', 'path: .')} }`, input, { files }),
    );
    expect(error).toBeInstanceOf(UnmappedCodeError);
    expect(error).toBeInstanceOf(MappingError);
    if (!(error instanceof UnmappedCodeError)) return;
    expect(error).toMatchObject({
      table: 'codes/c.csv',
      side: 'vendor',
      kind: 'protocol',
      reason: 'mapping',
      sourcePath: 'l (item 0): .',
    });
    expect(error.code()).toBe(CANARY);
  });

  test('on the way back is the canonical one', () => {
    const error = misfitOf(() => applyRule(rule.replace('park', 'park, reverse: true'), { a: 'z' }, { files }));
    expect(error instanceof UnmappedCodeError && [error.side, error.code()]).toEqual(['canonical', 'z']);
  });

  test('does not wait when it is a whole text: that is no code', () => {
    const error = misfitOf(() => applyRule(rule, { a: 'x'.repeat(201) }, { files }));
    expect(error).not.toBeInstanceOf(UnmappedCodeError);
    expect(applyRule(rule, { a: 'A' }, { files })).toBe('b');
  });
});
