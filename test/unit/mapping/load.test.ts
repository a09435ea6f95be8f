import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { fileText } from '../../../src/mapping/file-text.ts';
import { ANY_EXAMPLE, applyRule, head, loadFiles, misfitOf, problemsOf } from './mapping-directory.ts';

const one = (text: string): string[] => problemsOf({ 'x/one.yaml': text, ...ANY_EXAMPLE });
const at = (line: number, column: number, message: string): string =>
  `mappings/x/one.yaml:${line}:${column} ${message}`;

describe('loading names the place of every problem', () => {
  test('all of them at once, in all files', () => {
    const problems = problemsOf({
      'x/one.yaml': `${head('one')}fields:\n  a: { pth: x }\n  b: { path: 'x[' }\n  c:\n    fields:\n      d: { table: none.csv, path: x }\n`,
      'y/two.yaml': `${head('three')}fields:\n  a: { const: 1 }\n`,
      'y/three.yml': '',
      ...ANY_EXAMPLE,
      'y/examples/any.json': '{"input": {}, "output": {"a": 1}}',
    });
    expect(problems).toEqual([
      expect.stringMatching(/^mappings\/x\/one\.yaml:5:6 a rule has one of path, const, /),
      expect.stringMatching(/^mappings\/x\/one\.yaml:6:14 expected a number/),
      expect.stringMatching(/^mappings\/x\/one\.yaml:9:19 there is no file /),
      expect.stringMatching(/^mappings\/y\/three\.yml:1:1 is not read; call it \.yaml/),
      expect.stringMatching(/^mappings\/y\/two\.yaml:1:10 "mapping" is the name of the file, "two"/),
    ]);
  });

  test.each<[string, string, [number, number, string]]>([
    ['a text that is no YAML', 'mapping: [one', [1, 14, 'cannot be read as YAML']],
    [
      'a path with brackets that is not quoted',
      'fields:\n  a: { path: b[0].c }',
      [
        2,
        15,
        "cannot be read as YAML: Unexpected flow-seq-start at node end (inside { } a path with brackets is quoted: 'name[0].family')",
      ],
    ],
    ['no map', '- a', [1, 1, 'expected a map that begins with "mapping: <name>"']],
    ['an empty file', '', [1, 1, 'expected a map that begins with "mapping: <name>"']],
    ['two documents', `${head('one')}fields: {}\n---\na: 1`, [5, 1, 'cannot be read as YAML']],
    ['a tag', `${head('one')}fields: { a: !js { const: 1 } }`, [4, 14, 'cannot be read as YAML: Unresolved tag: !js']],
    ['an alias', `${head('one')}fields: { a: &a { const: 1 }, b: *a }`, [4, 34, 'aliases (*name) are not supported']],
    ['a repeated key', `${head('one')}fields:\n  a: { const: 1 }\n  a: { const: 2 }`, [6, 3, '"a" occurs twice']],
    ['a key that is no text', `${head('one')}fields:\n  1: { const: 1 }`, [5, 3, 'expected a text as key']],
    ['__proto__ as field', `${head('one')}fields:\n  __proto__: { const: 1 }`, [5, 3, '"__proto__" cannot be used']],
    [
      'constructor inside a constant',
      `${head('one')}fields:\n  a: { const: { constructor: 1 } }`,
      [5, 17, '"constructor" cannot be used'],
    ],
    [
      'an unknown key of the head',
      `${head('one')}filds: 1\nfields: { a: { const: 1 } }`,
      [4, 8, 'a mapping has no "filds"'],
    ],
    ['no description', 'mapping: one\nfields: { a: { const: 1 } }\nexamples: []', [1, 1, '"description" is missing']],
    ['no fields', head('one'), [1, 1, '"fields" is missing']],
    ['empty fields', `${head('one')}fields: {}`, [4, 9, '"fields" is empty']],
    ['a field without rule', `${head('one')}fields:\n  a:\n`, [5, 5, 'expected a rule such as']],
    ['a text as rule', `${head('one')}fields: { a: id }`, [4, 14, 'expected a rule such as { path: id }']],
    [
      'two rules in one',
      `${head('one')}fields: { a: { const: 1, path: b } }`,
      [
        4,
        14,
        'a rule has one of path, const, text, split, join, phone, table, time, duration, first, fields, each, group, list, expr; these do not go together: path, const',
      ],
    ],
    [
      'an unknown key of a rule',
      `${head('one')}fields: { a: { path: b, trm: true } }`,
      [4, 30, 'a rule of kind "path" has no "trm"; it has path, trim'],
    ],
    ['a wrong flag', `${head('one')}fields: { a: { path: b, trim: yes } }`, [4, 31, '"trim" is true or false']],
    [
      'a wrong choice',
      `${head('one')}fields: { a: { path: b, as: int } }`,
      [4, 29, '"as" is one of string, number, integer, boolean'],
    ],
    [
      'an unknown contract',
      `${head('one')}to: nothing\nfields: { a: { path: b } }`,
      [4, 5, '"to" names no contract: no contract nothing'],
    ],
  ])('%s', (_what, text, [line, column, message]) => {
    const [problem] = one(text);
    expect(problem).toContain(at(line, column, message));
  });

  test('a missing, empty, unreadable or shapeless example', () => {
    const mapping = (examples: string): string =>
      `mapping: one\ndescription: d\nfields: { a: { const: 1 } }\n${examples}`;
    const file = (content: string): string[] =>
      problemsOf({ 'x/one.yaml': mapping('examples: [e.json]'), 'x/e.json': content });
    expect(one(mapping(''))).toEqual([at(1, 1, '"examples" is missing')]);
    expect(one(mapping('examples: []'))[0]).toContain('a mapping has at least one');
    expect(one(mapping('examples: [none.json]'))).toEqual([at(4, 12, 'there is no file none.json')]);
    expect(one(mapping('examples: [../y/e.json]'))[0]).toContain("below the mapping's directory");
    expect(file('{')[0]).toContain('e.json:1:2 is not JSON from here on');
    for (const content of [
      '[]',
      '{"input": 1}',
      '{"output": 1}',
      '{"input": 1, "error": ""}',
      '{"input": 1, "output": 1, "error": "x"}',
    ]) {
      expect(file(content)[0]).toContain('needs "input", and either "output" or "error"');
    }
  });
});

describe('files that are not what they seem', () => {
  const table = (path: string, bytes: string | Buffer): string =>
    problemsOf({
      'x/one.yaml': `${head('one')}fields: { a: { table: codes.csv, path: b } }`,
      ...ANY_EXAMPLE,
      [path]: bytes,
    }).join('\n');

  test('a table that is not UTF-8 is refused, not read with other letters', () => {
    const latin = Buffer.from('vendor,canonical,source,date\nM\u00e4rz,march,a list,2026-01-01\n', 'latin1');
    expect(table('x/codes.csv', latin)).toContain('codes.csv is not UTF-8 (line 2); save it as UTF-8');
  });

  test('a link within the directory is followed, one that leads out of it is not', () => {
    const directory = mkdtempSync(join(tmpdir(), 'linked-'));
    try {
      mkdirSync(join(directory, 'x'));
      writeFileSync(join(directory, 'secret.csv'), 'of somebody else');
      writeFileSync(join(directory, 'x/real.csv'), 'ours');
      symlinkSync('../secret.csv', join(directory, 'x/out.csv'));
      symlinkSync('real.csv', join(directory, 'x/in.csv'));
      expect(fileText(join(directory, 'x'), 'in.csv')).toBe('ours');
      expect(() => fileText(join(directory, 'x'), 'out.csv')).toThrow('is a link that leads out of');
      expect(() => fileText(join(directory, 'x'), 'none.csv')).toThrow('there is no file none.csv');
      expect(() => fileText(directory, 'x')).toThrow('x is no file');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('hostile mappings', () => {
  test('an alias bomb is refused before anything grows', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`,
    ).join('\n');
    expect(one(bomb)[0]).toContain('aliases (*name) are not supported');
  });

  test('deep nesting is refused, however deep', () => {
    for (const depth of [50, 100_000]) {
      expect(one(`${head('one')}fields: { a: { const: ${'['.repeat(depth)}${']'.repeat(depth)} } }`)).toHaveLength(1);
    }
    const rules = `${'{ fields: { a: '.repeat(30)}{ const: 1 }${' } }'.repeat(30)}`;
    expect(one(`${head('one')}fields: { a: ${rules} }`)[0]).toContain('levels deep');
  });

  test('a file above 1 MiB is refused unread', () => {
    expect(one(`# ${'x'.repeat(1024 * 1024)}`)).toEqual([
      at(1, 1, 'one.yaml has 1048578 bytes, at most 1048576 are read; split the file'),
    ]);
  });

  test('eight times as many keys are read in not much more than eight times as long', () => {
    const costOf = (count: number): number => {
      const fields = Array.from({ length: count }, (_, i) => `  f${i}: { const: 1 }`).join('\n');
      const started = process.cpuUsage();
      const mappings = loadFiles({ 'x/one.yaml': `${head('one')}fields:\n${fields}\n`, ...ANY_EXAMPLE }).for('x');
      expect(Object.keys(Object(mappings?.apply('one', {})))).toHaveLength(count);
      return process.cpuUsage(started).user;
    };
    costOf(4_000);
    // Comparing each key with each other took 4 s for 20,000, and so much more than that for these.
    expect(costOf(32_000) / costOf(4_000)).toBeLessThan(20);
  }, 60_000);
});

describe('hostile inputs', () => {
  test('members named like a prototype change nothing', () => {
    const input: unknown = JSON.parse('{"__proto__": {"a": "polluted"}, "list": [{"__proto__": {"a": "polluted"}}]}');
    expect(applyRule('{ path: a }', input)).toBeUndefined();
    expect(applyRule('{ each: list, fields: { a: { path: a, default: none } } }', input)).toEqual([{ a: 'none' }]);
    expect('a' in {}).toBe(false);
  });

  test('deep nesting is walked no further than the path goes', () => {
    const depth = 500_000;
    const deep: unknown = JSON.parse(`{"a": 1, "deep": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`);
    expect(applyRule('{ path: a }', deep)).toBe(1);
    expect(misfitOf(() => applyRule('{ path: deep }', deep)).found).toBe('array');
    let object: object = {};
    for (let level = 0; level < depth; level++) object = { a: object };
    expect(misfitOf(() => applyRule('{ path: a.a }', object)).found).toBe('object');
  });

  test('what is no object at all is an error or absent, never a crash', () => {
    for (const input of [undefined, null]) expect(applyRule('{ path: a.b }', input)).toBeUndefined();
    for (const input of ['text', 7, true, []])
      expect(misfitOf(() => applyRule('{ path: a.b }', input)).sourcePath).toBe('.');
  });

  test('no message holds a value of the input', () => {
    const secret = 'CANARY-7731';
    const rules = [
      '{ path: a.b }',
      '{ path: a, as: number }',
      "{ path: a, after: '#' }",
      '{ time: { path: a } }',
      '{ time: { local: { path: a, format: yyyyMMddHH }, zone: { const: UTC } } }',
      '{ time: { path: t, zone: { path: a }, format: HH } }',
      "{ path: 'a[0]' }",
      '{ each: a, fields: { b: { path: c } } }',
      "{ text: '{a.b}' }",
    ];
    for (const rule of rules) {
      const error = misfitOf(() => applyRule(rule, { a: secret, t: '2027-03-08T15:00:00Z' }));
      expect(inspect(error, { showHidden: true })).not.toContain(secret);
    }
  });
});
