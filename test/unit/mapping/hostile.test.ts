/** What must never hold the hub up: each is refused when it is read, with its place, or stopped by a bound while it is applied. */
import { describe, expect, test } from '@jest/globals';
import { MappingError } from '../../../src/mapping/index.ts';
import { ANY_EXAMPLE, applyRule, head, loadFiles, misfitOf, problemsOf } from './mapping-directory.ts';

/** Of this process's own time, as the machine has more to do than this. None takes a tenth of it; it is to tell a second from for ever. */
const CPU_MS_MAX = 5_000;

function quickly<T>(work: () => T): T {
  const started = process.cpuUsage();
  const answer = work();
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1_000).toBeLessThan(CPU_MS_MAX);
  return answer;
}

const expr = (text: string): string => JSON.stringify({ expr: text });

describe('an expression is refused when it is read', () => {
  test.each([
    ['a regular expression with nested quantifiers', '$contains(a, /^(a+)+$/)'],
    ['a regular expression as pattern of $match', '$match(a, /(x+x+)+y/)'],
    ['a regular expression that replaces', '$replace(a, /(a|a)*b/, "")'],
    ['a regular expression that splits', '$split(a, /(\\s*)*,/)'],
    ['$pad to a hundred million', '$pad("x", 100000000)'],
    ['$eval', '$eval("1")'],
    ['$eval of what is sent', '$eval(a)'],
    ['a function that calls itself', '($f := function($x) { $f($x) }; $f(1))'],
    ['the Y combinator', '(function($f) { $f($f) })(function($f) { $f($f) })'],
    ['a function of one', 'function($x) { $x }'],
    ['$map', '$map(a, function($x) { $x })'],
    ['$reduce', '$reduce(a, $append)'],
    ['$sort', '$sort(a)'],
    ['$each', '$each(a, $string)'],
    ['$sift', '$sift(a, $boolean)'],
    ['a range of a hundred million', '[1..100000000]'],
    ['a range of ranges', '$sum([1..10000].[1..10000])'],
    ['a text doubled again and again', '($a := "xxxxxxxxxx"; $b := $a & $a; $c := $b & $b; $c)'],
    ['a chain', '"x" ~> $uppercase'],
    ['a partial application', '$substring(?, 0)'],
    ['$toMillis with a picture', '$toMillis(a, "[f1][f1][f1][f1][f1][f1]")'],
    ['$fromMillis with a picture', '$fromMillis(0, "[Y9999999,*-9999999]")'],
    ['$formatNumber with a picture', '$formatNumber(1, "#,##0.00")'],
    ['$now', '$now()'],
    ['$random', '$random()'],
    ['$shuffle', '$shuffle(a)'],
    ['$power', '$power(10, 1e9)'],
    ['$zip', '$zip(a, a)'],
    ['$spread', '$spread(a)'],
    ['$merge', '$merge(a)'],
    ['$keys', '$keys(a)'],
    ['$lookup of a prototype', '$lookup(a, "__proto__")'],
    ['a prototype by name', 'a.__proto__.polluted'],
    ['a prototype by quoted name', 'a."__proto__"'],
    ['a constructor of a constructor', '"".constructor.constructor("return process")()'],
    ['a prototype as member of an object', '{"__proto__": {"polluted": 1}}'],
    ['everything below', 'a.**'],
    ['everything below everything below', '**.**.**.**'],
    ['all members', 'a.*.*'],
    ['the parent', 'a.b.%.%'],
    ['sorting', 'a^(b)'],
    ['grouping', 'a{b: $count($)}'],
    ['a join', 'a@$x.b@$y[$x = $y]'],
    ['a transform', 'a ~> |$|{"x": 1}|'],
    ['a variable', '$process'],
    ['an assertion', '$assert(false)'],
    ['$error', '$error(a)'],
    ['$base64decode', '$base64decode(a)'],
    ['fifty brackets', `${'('.repeat(50)}1${')'.repeat(50)}`],
    ['fifty conditions', `${'a ? '.repeat(50)}1${' : 2'.repeat(50)}`],
    ['fifty signs', `${'-'.repeat(50)}a`],
    ['five hundred parts', Array.from({ length: 500 }, () => '1').join('+')],
    ['five thousand characters', `"${'x'.repeat(5_000)}"`],
    ['half a text', '"abc'],
    ['half a comment', '1 /* 2'],
    ['a number that is none', '1e999'],
    ['nothing', ''],
  ])('%s', (_what, text) => {
    const [problem, ...others] = quickly(() =>
      problemsOf({ 'x/one.yaml': `${head('one')}fields:\n  out: ${expr(text)}\n`, ...ANY_EXAMPLE }),
    );
    expect(problem).toMatch(/^mappings\/x\/one\.yaml:5:16 .*\(character \d+ of the expression\)$/);
    expect(others).toEqual([]);
  });
});

describe('an expression is stopped while it is applied', () => {
  const long = 'x'.repeat(90_000);
  const numbers = Array.from({ length: 3_000 }, () => 0);
  const many = Array.from({ length: 1_500 }, (_, index) => ({ n: index, list: Array.from({ length: 300 }, () => 1) }));

  test.each<[string, string, object]>([
    ['that makes a text too long', 'a & a', { a: long }],
    ['that makes one out of many', '$join(list, a)', { a: long, list: ['x', 'y', 'z'] }],
    ['that replaces by a longer text', '$replace(a, "x", a)', { a: 'x'.repeat(5_000) }],
    ['that takes a text of megabytes', '$uppercase(a)', { a: 'x'.repeat(5_000_000) }],
    ['that goes through a list for each of its items', 'many[$count($$.many.list) > 0]', { many }],
    ['that picks by a list for each item of it', '$count(numbers[$$.numbers])', { numbers }],
    ['that asks a list for each of its items', 'numbers.($$.numbers ? 1 : 2)', { numbers }],
    ['that takes texts apart again and again', 'many.$split($$.a, "")', { a: 'x'.repeat(90_000), many }],
  ])('%s', (_what, text, input) => {
    const error = quickly(() => misfitOf(() => applyRule(expr(text), input)));
    expect(error.sourcePath).toMatch(/^expr, character \d+$/);
    expect(error.expected).toMatch(/characters|steps/);
  });

  test('that answers very much, or something very deep', () => {
    let deep: object = {};
    for (let level = 0; level < 1_000; level++) deep = { a: deep };
    expect(misfitOf(() => applyRule(expr('deep'), { deep })).expected).toContain('deep');
    expect(
      misfitOf(() => applyRule(expr('$$'), { many: Array.from({ length: 300_000 }, () => []) })).expected,
    ).toContain('steps');
  });
});

describe('a mapping is stopped while it is applied', () => {
  const list = Array.from({ length: 3_000 }, (_, index) => ({ index }));

  test.each<[string, string, object]>([
    [
      'a list in a list in a list',
      '{ each: list, fields: { l: { each: $root.list, fields: { i: { path: index } } } } }',
      { list },
    ],
    ['a large constant for each item', `{ each: list, fields: { c: { const: [${'1, '.repeat(5_000)}1] } } }`, { list }],
    [
      'a large default for each item',
      `{ each: list, fields: { c: { path: x, default: [${'1, '.repeat(5_000)}1] } } }`,
      { list },
    ],
    [
      'a filter for each item of a list',
      "{ each: list, fields: { n: { path: '$root.list[index=none].index' }, i: { path: index } } }",
      { list },
    ],
    [
      'a list looked through by a filter, for each item of a list',
      "{ each: list, fields: { n: { path: '$root.holder[list[*].index=none].x' }, i: { path: index } } }",
      { list, holder: [{ list }] },
    ],
    [
      'a long text for each item',
      '{ each: list, fields: { t: { path: $root.long }, i: { path: index } } }',
      { list, long: 'x'.repeat(900_000) },
    ],
    ['a long constant for each item', `{ each: list, item: { const: ${'x'.repeat(100_000)} } }`, { list }],
    [
      'a long text made of others for each item',
      "{ each: list, item: { text: '{$root.long}{$root.long}' } }",
      { list, long: 'x'.repeat(400_000) },
    ],
    ['an expression for each item of a list', '{ each: list, item: { expr: "$count($$.list[index > 1])" } }', { list }],
  ])('%s', (_what, rule, input) => {
    expect(quickly(() => misfitOf(() => applyRule(rule, input))).expected).toContain('within 1000000 items');
  });

  test('a text of texts, a text joined and a text taken apart', () => {
    const a = 'x'.repeat(600_000);
    expect(misfitOf(() => applyRule("{ text: '{a}{a}' }", { a })).expected).toContain('at most 1000000 characters');
    expect(misfitOf(() => applyRule('{ join: [{ path: a }] }', { a })).expected).toContain('at most 100000 characters');
    expect(misfitOf(() => applyRule('{ split: { path: a, by: x } }', { a })).expected).toContain('at most 1000 parts');
    expect(misfitOf(() => applyRule('{ phone: { path: a, country: US } }', { a: '1'.repeat(100_000) })).found).toBe(
      'text',
    );
  });

  test('but not what a hospital sends: 5,000 slots with ten members each', () => {
    const slots = Array.from({ length: 5_000 }, (_, index) => ({
      id: index,
      tags: Array.from({ length: 10 }, String),
    }));
    const rule = '{ each: slots, fields: { id: { path: id }, tags: { each: tags, fields: { t: { path: . } } } } }';
    expect(applyRule(rule, { slots })).toHaveLength(5_000);
  });
});

describe('samples are data', () => {
  test.each([
    '{id}',
    '{{id}}',
    '${id}',
    '<%= id %>',
    '{{constructor.constructor("return 1")()}}',
    '$eval("1")',
    '__proto__',
    "'; drop table x; --",
  ])('%s is copied as it is', (text) => {
    const input = { text, id: 'SECRET' };
    expect(applyRule("{ text: 'a {text} b' }", input)).toBe(`a ${text} b`);
    expect(applyRule('{ path: text }', input)).toBe(text);
    expect(applyRule(expr('text & "!"'), input)).toBe(`${text}!`);
    expect(applyRule("{ join: [{ path: text }, { path: text }], with: '{id}' }", input)).toBe(`${text}{id}${text}`);
  });

  test('a name of a prototype in a document is no member, and in a group no key of an object', () => {
    const input: unknown = JSON.parse(
      '{"rows": [{"k": "__proto__", "v": 1}, {"k": "constructor", "v": 2}], "__proto__": {"x": 1}}',
    );
    expect(applyRule('{ group: rows, by: k, fields: { k: { path: key }, v: { path: "items[0].v" } } }', input)).toEqual(
      [
        { k: '__proto__', v: 1 },
        { k: 'constructor', v: 2 },
      ],
    );
    expect(applyRule(expr('$exists(x)'), input)).toBe(false);
    expect(applyRule(expr('$count($$.rows.k)'), input)).toBe(2);
    expect('x' in {}).toBe(false);
  });

  test('a table takes codes named like a prototype for codes', () => {
    const files = { 'x/codes/c.csv': 'vendor,canonical,source,date\nA,b,s,d\n' };
    for (const code of ['__proto__', 'constructor', 'toString'])
      expect(misfitOf(() => applyRule('{ table: codes/c.csv, path: a }', { a: code }, { files }))).toBeInstanceOf(
        MappingError,
      );
  });
});

describe('a file is refused when it is read', () => {
  const one = (text: string): string[] => quickly(() => problemsOf({ 'x/one.yaml': text, ...ANY_EXAMPLE }));
  const laughs = Array.from(
    { length: 9 },
    (_, i) => `l${i}: &l${i} [${i === 0 ? 'lol' : `*l${i - 1}, `.repeat(9)}]`,
  ).join('\n');

  test.each<[string, string, RegExp]>([
    ['a billion laughs', laughs, /:2:\d+ aliases/],
    ['a map that holds itself', `&a\nmapping: *a`, /aliases/],
    ['a merge key', `${head('one')}fields:\n  a: &a { const: 1 }\n  b: { <<: *a }`, /aliases/],
    ['a tag that makes code', `${head('one')}fields: { a: !!js/function 'function () {}' }`, /:4:14 .*tag/i],
    ['a tag that makes bytes', `${head('one')}fields: { a: { const: !!binary aGk= } }`, /:4:\d+ /],
    [
      'a literal of 10 MB',
      `${head('one')}fields: { a: { const: "${'x'.repeat(10_000_000)}" } }`,
      /:1:1 \S+ has \d+ bytes/,
    ],
    [
      'a path of 10,000 characters',
      `${head('one')}fields: { a: { path: "${'a.'.repeat(5_000)}a" } }`,
      /:4:22 the path has more than 500/,
    ],
    ['a path of many brackets', `${head('one')}fields: { a: { path: "a${'[a'.repeat(200)}" } }`, /:4:22 expected/],
    ['a filter in a filter', `${head('one')}fields: { a: { path: "${'a['.repeat(200)}" } }`, /:4:22 expected/],
    ['half a million brackets', `${head('one')}fields: { a: { const: ${'['.repeat(500_000)} } }`, /:\d+:\d+ /],
    [
      'a table elsewhere',
      `${head('one')}fields: { a: { table: ../../../etc/passwd.csv, path: a } }`,
      /below the mapping's directory/,
    ],
    [
      'an absolute table',
      `${head('one')}fields: { a: { table: /etc/passwd.csv, path: a } }`,
      /below the mapping's directory/,
    ],
    [
      'an example elsewhere',
      `mapping: one\ndescription: d\nfields: { a: { const: 1 } }\nexamples: [../../secret.json]`,
      /below the mapping's directory/,
    ],
    [
      'a format that is a regular expression',
      `${head('one')}fields: { a: { time: { date: { path: a, format: '(x+)+$' }, format: yyyyMMdd } } }`,
      /is not known in a format/,
    ],
    [
      'a time zone that is none',
      `${head('one')}fields: { a: { time: { local: { path: a, format: hl7 }, zone: { path: z, default: ../UTC } } } }`,
      /is not an IANA zone/,
    ],
  ])('%s', (_what, text, message) => {
    expect(one(text)[0]).toMatch(message);
  });

  test('a table with 100,000 rows is read in a moment, one with a line too many quotes is refused', () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `A${index},b${index},s,d`).join('\n');
    const files = { 'x/codes/c.csv': `vendor,canonical,source,date\n${rows}\n` };
    expect(quickly(() => applyRule('{ table: codes/c.csv, path: a }', { a: 'A9' }, { files }))).toBe('b9');
    const quoted = { 'x/codes/c.csv': `vendor,canonical,source,date\n${'"'.repeat(300_001)}` };
    const text = `${head('one')}fields: { out: { table: codes/c.csv, path: a } }`;
    expect(quickly(() => problemsOf({ 'x/one.yaml': text, ...ANY_EXAMPLE, ...quoted }))[0]).toContain('quotation mark');
  });

  test('a hundred files with faults are all named', () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x/m${i}.yaml`, '- a']));
    expect(problemsOf({ ...files, ...ANY_EXAMPLE })).toHaveLength(100);
    expect(loadFiles({ 'x/one.yaml': `${head('one')}fields: { a: { const: 1 } }`, ...ANY_EXAMPLE }).adapters()).toEqual(
      ['x'],
    );
  });
});
