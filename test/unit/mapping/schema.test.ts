import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readHl7 } from '#adapter-kit';
import { loadContracts } from '../../../src/contracts.ts';
import { COMMON_KEYS } from '../../../src/mapping/compile-rule.ts';
import { RULE_KINDS } from '../../../src/mapping/rules/index.ts';
import { ANY_EXAMPLE, applyRule, head, loadFiles, problemsOf } from './mapping-directory.ts';

const ROOT = join(import.meta.dirname, '../../..');
const README = readFileSync(join(ROOT, 'mappings/README.md'), 'utf8');
const isValid = loadContracts(join(ROOT, 'contracts')).validator('mapping');
const schema = JSON.parse(readFileSync(join(ROOT, 'contracts/schemas/mapping.schema.json'), 'utf8'));

const mappingOf = (rule: string): string => `${head('one')}fields:\n  out: ${rule}\n`;

describe('the handbook', () => {
  const rows = [...README.matchAll(/^\| `(\{ .+?)` +\| `(.+?)` +\| `(.+?)` +\|$/gm)].map(([, rule, input, output]) => [
    rule,
    input,
    output,
  ]);
  const files = { 'x/codes/modes.csv': /```csv\n(.*?)```/s.exec(README)?.[1] ?? '' };

  test('has examples of every kind of rule', () => {
    const shown = rows.map(([rule]) => rule);
    expect(rows).toHaveLength(README.match(/^\| `\{ /gm)?.length ?? 0);
    for (const { key } of RULE_KINDS) expect(shown).toContainEqual(expect.stringContaining(`{ ${key}: `));
  });

  test.each(rows)('%s of %s is %s', (rule = '', input = '', output = '') => {
    expect(applyRule(rule, JSON.parse(input), { files })).toEqual(JSON.parse(output));
    expect(isValid(parse(mappingOf(rule)))).toBe(true);
  });

  const paths = [...README.matchAll(/^\| `([^`{][^`]*)` +\| `([^`]+)` +\| `([^`]+)` +\| [^|]+\|$/gm)];
  test('has examples of paths', () => {
    expect(paths.length).toBeGreaterThanOrEqual(9);
  });

  test.each(paths.map(([, path, input, output]) => [path, input, output]))(
    'the path %s of %s is %s',
    (path = '', input = '', output = '') => {
      expect(applyRule(JSON.stringify({ path }), JSON.parse(input))).toEqual(JSON.parse(output));
    },
  );

  const message = /```hl7\n(.*?)```/s.exec(README)?.[1] ?? '';
  const ofMessage = [...README.matchAll(/^\| `([^`{]+)` +\| `([^`]+)` +\| [^`|][^|]*\|$/gm)].filter(([, path]) =>
    /^(?:[A-Z]|segments)/.test(path ?? ''),
  );
  test('has examples of paths into HL7 v2', () => {
    expect(ofMessage.length).toBeGreaterThanOrEqual(7);
  });

  test.each(ofMessage.map(([, path, output]) => [path, output]))('the path %s is %s', (path = '', output = '') => {
    const tree = readHl7(Buffer.from(message.replaceAll('\n', '\r'))).toTree();
    expect(applyRule(JSON.stringify({ path }), tree)).toEqual(JSON.parse(output));
  });

  test('has a whole mapping that loads', () => {
    const text = /```yaml\n(.*?)```/s.exec(README)?.[1] ?? '';
    const resource = { slot: [{ reference: '#S' }], start: '2027-03-08T10:00:00-05:00' };
    const example = { 'x/examples/slot-page.json': '{"input": {}, "error": "expect"}' };
    const mappings = loadFiles({ 'x/slot.yaml': text, ...example }, { 'his-slot': {} }).for('x');
    expect(
      mappings?.apply('slot', { resourceType: 'Bundle', entry: [{ search: { mode: 'match' }, resource }] }),
    ).toEqual([{ externalId: 'S', start: '2027-03-08T15:00:00Z' }]);
    expect(isValid(parse(text))).toBe(true);
  });
});

describe('the published schema and the engine agree', () => {
  test('on the keys of every kind of rule', () => {
    const published = schema.$defs.rule.oneOf.map((kind: { title: string; properties: object }) => [
      kind.title,
      Object.keys(kind.properties).toSorted(),
    ]);
    expect(published).toEqual(RULE_KINDS.map(({ key, keys }) => [key, [key, ...keys, ...COMMON_KEYS].toSorted()]));
  });

  test('in the first line of every mapping, where an editor looks for it', () => {
    for (const file of globSync('*/*.yaml', { cwd: join(ROOT, 'mappings') })) {
      const [first = ''] = readFileSync(join(ROOT, 'mappings', file), 'utf8').split('\n');
      const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
      expect([file, join('mappings', file, '..', named)]).toEqual([file, 'contracts/schemas/mapping.schema.json']);
    }
  });

  test('that no shipped mapping needs an expression', () => {
    const written = globSync('*/*.yaml', { cwd: join(ROOT, 'mappings') }).map((file) =>
      readFileSync(join(ROOT, 'mappings', file), 'utf8'),
    );
    expect(written.filter((text) => /\bexpr:/.test(text))).toEqual([]);
  });

  test('on every shipped mapping', () => {
    const files = globSync('*/*.yaml', { cwd: join(ROOT, 'mappings') });
    expect(files).not.toHaveLength(0);
    for (const file of files) {
      isValid(parse(readFileSync(join(ROOT, 'mappings', file), 'utf8')));
      expect([file, isValid.errors]).toEqual([file, null]);
    }
  });

  test.each([
    ['{ pth: a }'],
    ['{ path: a, const: b }'],
    ['{ path: [] }'],
    ['{ path: 1 }'],
    ["{ path: a, after: '' }"],
    ['{ path: a, as: int }'],
    ['{ path: a, trim: yes }'],
    ['{ path: a, when: { path: b } }'],
    ['{ path: a, when: { path: b, equals: 1, in: [1] } }'],
    ['{ path: a, when: { path: b, equals: null } }'],
    ['{ table: codes.csv }'],
    ['{ table: codes.txt, path: a }'],
    ['{ time: {} }'],
    ['{ time: { path: t, zone: { const: UTC } } }'],
    ['{ time: { path: t, format: HH } }'],
    ['{ time: { path: t, overlap: later } }'],
    ['{ time: { local: { path: t }, zone: { const: UTC } } }'],
    ['{ time: { local: { path: t, format: yyyyMMddHH } } }'],
    ['{ time: { date: { path: t, format: yyyyMMdd }, zone: { const: UTC } } }'],
    ['{ time: { path: t, plus: { minutes: { const: -1 } } } }'],
    ['{ time: { path: t, plus: { hours: { const: 1 } } } }'],
    ['{ fields: {} }'],
    ['{ each: a }'],
    ['{ list: a }'],
    ['{ split: { path: a } }'],
    ["{ split: { path: a, by: '' } }"],
    ["{ path: a, split: ',' }"],
    ['{ path: a, part: 1 }'],
    ['{ path: a, normalise: upper }'],
    ['{ path: a, case: title }'],
    ['{ join: [] }'],
    ['{ join: { path: a } }'],
    ['{ phone: a }'],
    ['{ phone: { path: a, country: us } }'],
    ['{ phone: { path: a }, write: short }'],
    ['{ duration: {} }'],
    ['{ duration: { path: a, format: iso, unit: { const: h } } }'],
    ['{ duration: { from: { path: a } } }'],
    ['{ duration: { path: a }, write: hours }'],
    ['{ first: [] }'],
    ['{ each: a, fields: { b: { const: 1 } }, item: { const: 1 } }'],
    ['{ group: a, fields: { b: { const: 1 } } }'],
    ['{ expr: 1 }'],
    ["{ expr: '' }"],
    ['{ table: codes.csv, path: a, unmapped: wait }'],
    ['{ time: { path: t, gap: later } }'],
    ['{ time: { path: t, minus: { minutes: { const: 1 }, duration: { path: a } } } }'],
    ['{ time: { path: t, minus: { hours: { const: 1 } } } }'],
    ['{ path: a, when: { all: [] } }'],
    ['{ path: a, when: { not: [] } }'],
    ["{ path: a, when: { path: b, begins: '' } }"],
    ['{ path: a, when: { any: [{ path: b, present: true }], path: c } }'],
    ['id'],
    ['[]'],
  ])('on refusing %s', (rule) => {
    expect(isValid(parse(mappingOf(rule)))).toBe(false);
    expect(problemsOf({ 'x/one.yaml': mappingOf(rule), ...ANY_EXAMPLE })).toHaveLength(1);
  });
});
