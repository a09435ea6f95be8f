import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
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
    ['id'],
    ['[]'],
  ])('on refusing %s', (rule) => {
    expect(isValid(parse(mappingOf(rule)))).toBe(false);
    expect(problemsOf({ 'x/one.yaml': mappingOf(rule), ...ANY_EXAMPLE })).toHaveLength(1);
  });
});
