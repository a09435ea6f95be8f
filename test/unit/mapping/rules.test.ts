import { describe, expect, test } from '@jest/globals';
import { applyRule, misfitOf, problemOfRule } from './mapping-directory.ts';

const MODES =
  'vendor,canonical,source,date\nOV,in-person,"manual, page ""4""",2026-05-01\n 3602 ,telemedicine,seen,2026-05-01\n';
const files = { 'x/codes/modes.csv': MODES };

describe('what is done to a text', () => {
  const on = (rule: string, value: unknown): unknown => applyRule(rule, { a: value });

  test('`after` keeps what follows the last occurrence, `before` what precedes the first', () => {
    expect(on("{ path: a, after: '#' }", '#eSlot.A')).toBe('eSlot.A');
    expect(on('{ path: a, after: / }', 'https://h/Practitioner/e1')).toBe('e1');
    expect(on('{ path: a, before: / }', 'Patient/e1/_history/2')).toBe('Patient');
    expect(on('{ path: a, after: Patient/, before: / }', 'Patient/e1/_history/2')).toBe('e1');
  });

  test('a text without the marker is an error, not an empty value', () => {
    for (const value of ['e1', 7]) {
      const error = misfitOf(() => on('{ path: a, after: Patient/ }', value));
      expect(error.expected).toBe('a text with "Patient/" in it');
    }
    expect(misfitOf(() => on('{ path: a, before: / }', 'e1')).found).toBe('text');
  });

  test('`trim` removes the padding; blanks alone count as absent', () => {
    expect(on('{ path: a, trim: true }', '    Z17120')).toBe('Z17120');
    expect(on('{ path: a, trim: true }', '   ')).toBeUndefined();
    expect(on('{ path: a, trim: true, default: none }', '   ')).toBe('none');
    expect(on('{ path: a }', '  ')).toBe('  ');
  });

  test('`as` converts, and only what can be converted', () => {
    expect(on('{ path: a, as: number }', '30.5')).toBe(30.5);
    expect(on('{ path: a, as: integer }', '-30')).toBe(-30);
    expect(on('{ path: a, as: string }', 27702)).toBe('27702');
    expect(on('{ path: a, as: boolean }', 'false')).toBe(false);
    expect(on('{ path: a, trim: true, as: integer }', ' 8')).toBe(8);
    expect(on('{ path: a }', '30')).toBe('30');
    const refused: [string, unknown][] = [
      ['number', ''],
      ['number', '0x10'],
      ['number', ' 8'],
      ['number', true],
      ['integer', '1.5'],
      ['integer', '999999999999999999999'],
      ['boolean', 'yes'],
      ['boolean', 1],
    ];
    for (const [type, value] of refused)
      expect(misfitOf(() => on(`{ path: a, as: ${type} }`, value)).sourcePath).toBe('a');
  });

  test('every item of a list is treated', () => {
    expect(on("{ path: 'a[*]', trim: true, after: '-' }", ['x-1 ', ' ', 'y-2'])).toEqual(['1', '2']);
  });
});

describe('presence', () => {
  test('an absent field is left out, takes its default, or is an error when required', () => {
    expect(applyRule('{ path: a }', {})).toBeUndefined();
    expect(applyRule("{ path: a, required: true, default: '?' }", { a: null })).toBe('?');
    expect(applyRule('{ path: a, default: null }', {})).toBeNull();
    expect(applyRule("{ path: 'a[*]', default: [] }", { a: [] })).toEqual([]);
    const error = misfitOf(() => applyRule('{ path: a.b, required: true }', { a: {} }));
    expect(error).toMatchObject({ field: 'out', found: 'absent', sourcePath: 'a.b' });
    expect(error.message).toContain('Correct the path, give the rule a "default"');
  });

  test('false, 0 and an empty text are values', () => {
    for (const value of [false, 0, ''])
      expect(applyRule('{ path: a, required: true, default: x }', { a: value, b: 1 })).toBe(value);
  });

  test('`when` leaves a field out before anything else is asked of it', () => {
    const rule = (asked: string): string => `{ path: a, required: true, when: { path: s, ${asked} } }`;
    expect(applyRule(rule('equals: booked'), { s: 'booked', a: 1 })).toBe(1);
    expect(applyRule(rule('equals: booked'), { s: 'free' })).toBeUndefined();
    expect(applyRule(rule('in: [booked, 7]'), { s: 7, a: 1 })).toBe(1);
    expect(applyRule(rule('in: [booked, 7]'), { s: '7', a: 1 })).toBeUndefined();
    expect(applyRule(rule('present: true'), { s: null, a: 1 })).toBeUndefined();
    expect(applyRule(rule('present: false'), { a: 1 })).toBe(1);
    expect(applyRule(rule('trim: true, present: true'), { s: ' ', a: 1 })).toBeUndefined();
  });

  test('a condition that asks nothing, or too much, is refused', () => {
    expect(problemOfRule('{ path: a, when: { path: s } }')).toContain('one of equals, in, present');
    expect(problemOfRule('{ path: a, when: { path: s, equals: 1, present: true } }')).toContain(
      'one of equals, in, present',
    );
    expect(problemOfRule('{ path: a, when: { path: s, equals: null } }')).toContain('present: false');
    expect(problemOfRule('{ path: a, when: { path: s, equal: 1 } }')).toContain('has no "equal"');
  });
});

describe('a constant', () => {
  test('is any JSON value, and a fresh one each time', () => {
    expect(applyRule('{ const: free }', {})).toBe('free');
    expect(applyRule('{ const: null }', {})).toBeNull();
    expect(applyRule('{ const: { a: [1, true, no] } }', {})).toEqual({ a: [1, true, 'no'] });
  });
});

describe('a text with values in it', () => {
  test('puts paths in the place of braces', () => {
    expect(applyRule("{ text: 'hub:{transactionId}' }", { transactionId: 'T1' })).toBe('hub:T1');
    expect(applyRule(`{ text: "{a.b}-{c[x='}'].n} {{{a.b}}}" }`, { a: { b: 1 }, c: [{ x: '}', n: true }] })).toBe(
      '1-true {1}',
    );
  });

  test('is an error when a part is missing, or the default where there is one', () => {
    expect(misfitOf(() => applyRule("{ text: 'hub:{id}' }", {}))).toMatchObject({ sourcePath: 'id', found: 'absent' });
    expect(misfitOf(() => applyRule("{ text: 'hub:{id}', default: x }", { id: {} })).found).toBe('object');
    expect(applyRule("{ text: 'hub:{id}', default: none }", {})).toBe('none');
  });

  test('with a brace out of place is refused', () => {
    expect(problemOfRule("{ text: 'hub:{id' }")).toContain('brace at character 5');
    expect(problemOfRule("{ text: 'hub}' }")).toContain('brace at character 4');
    expect(problemOfRule("{ text: '{a[*]}' }")).toContain('yields a list');
  });
});

describe('a code table', () => {
  test('translates a vendor code, and with `reverse` the canonical one', () => {
    expect(applyRule('{ table: codes/modes.csv, path: a }', { a: 'OV' }, { files })).toBe('in-person');
    expect(applyRule('{ table: codes/modes.csv, path: a }', { a: 3602 }, { files })).toBe('telemedicine');
    expect(applyRule('{ table: codes/modes.csv, path: a, reverse: true }', { a: 'in-person' }, { files })).toBe('OV');
    expect(
      applyRule("{ table: codes/modes.csv, path: 'a[*]', trim: true }", { a: ['OV ', '3602'] }, { files }),
    ).toEqual(['in-person', 'telemedicine']);
    expect(applyRule('{ table: codes/modes.csv, path: a }', {}, { files })).toBeUndefined();
  });

  test('fails on an unlisted code without naming it, unless the rule has a default for it', () => {
    for (const rule of [
      '{ table: codes/modes.csv, path: a }',
      '{ table: codes/modes.csv, path: a, unmapped: fail, default: x }',
    ]) {
      const error = misfitOf(() => applyRule(rule, { a: 'SECRET' }, { files }));
      expect(error.message).toContain('a code that codes/modes.csv lists');
      expect(error.message).not.toContain('SECRET');
    }
    expect(
      applyRule('{ table: codes/modes.csv, path: a, unmapped: { default: in-person } }', { a: 'toString' }, { files }),
    ).toBe('in-person');
  });

  test.each([
    ['vendor,canonical\nA,b\n', ':1 lacks the column(s) source, date'],
    ['vendor,canonical,source,date\nA,b,c\n', ':2 has 3 cells, the first line has 4'],
    ['vendor,canonical,source,date\nA,b,"x\ny",d\nA,c,c,d\n', ':4 repeats the vendor code "A"'],
    ['vendor,canonical,source,date\nA,,c,d\n', ':2 has an empty vendor or canonical cell'],
    ['vendor,canonical,source,date\n"A"x,b,c,d\n', ':2 has a quotation mark out of place'],
    ['', ':1 lacks the column(s)'],
  ])('with a fault in it is refused, naming the line: %j', (table, message) => {
    expect(problemOfRule('{ table: codes/modes.csv, path: a }', { 'x/codes/modes.csv': table })).toContain(
      `codes/modes.csv${message}`,
    );
  });

  test('without a way back cannot be reversed', () => {
    const twice = { 'x/codes/modes.csv': `${MODES}VV,telemedicine,s,d\n` };
    expect(problemOfRule('{ table: codes/modes.csv, path: a, reverse: true }', twice)).toContain('no way back');
    expect(applyRule('{ table: codes/modes.csv, path: a }', { a: 'VV' }, { files: twice })).toBe('telemedicine');
  });

  test('is a file below the mapping and nothing else', () => {
    for (const name of [
      '../y/modes.csv',
      '/etc/modes.csv',
      'codes//modes.csv',
      'codes/.hidden.csv',
      'codes/modes.txt',
    ]) {
      expect(problemOfRule(`{ table: '${name}', path: a }`, files)).toContain(
        "is not a .csv file below the mapping's directory",
      );
    }
    expect(problemOfRule('{ table: codes/none.csv, path: a }')).toContain('there is no file codes/none.csv');
  });
});

describe('objects and lists', () => {
  test('`fields` makes an object, left out when all its members are absent', () => {
    const rule = '{ fields: { family: { path: f }, given: { path: g } } }';
    expect(applyRule(rule, { f: 'Lopez' })).toEqual({ family: 'Lopez' });
    expect(applyRule(rule, {})).toBeUndefined();
    expect(
      misfitOf(() => applyRule('{ fields: { a: { fields: { b: { path: f, required: true } } } } }', {})).field,
    ).toBe('out.a.b');
  });

  test('`each` makes one object per item, with paths relative to it and $root for the rest', () => {
    const rule = "{ each: 'i[use!=old]', fields: { v: { path: value }, all: { path: $root.id } } }";
    const input = { id: 'p', i: [{ value: 1 }, { use: 'old', value: 2 }, { value: 3 }] };
    expect(applyRule(rule, input)).toEqual([
      { v: 1, all: 'p' },
      { v: 3, all: 'p' },
    ]);
    expect(applyRule(rule, { i: [] })).toBeUndefined();
    expect(applyRule(rule, {})).toBeUndefined();
    expect(
      applyRule("{ each: 'g[*].m', fields: { v: { path: v } } }", {
        g: [{ m: [{ v: 1 }, { v: 2 }] }, {}, { m: [{ v: 3 }] }],
      }),
    ).toEqual([{ v: 1 }, { v: 2 }, { v: 3 }]);
  });

  test('`each` leaves out items that come to nothing, and names the item of an error', () => {
    expect(applyRule('{ each: i, fields: { v: { path: value } } }', { i: [null, {}, { value: 1 }] })).toEqual([
      { v: 1 },
    ]);
    const error = misfitOf(() =>
      applyRule('{ each: i, fields: { v: { path: value } } }', { i: [{ value: 1 }, { value: [] }] }),
    );
    expect(error).toMatchObject({ field: 'out[].v', sourcePath: 'i (item 1): value', found: 'array' });
    expect(misfitOf(() => applyRule('{ each: i, fields: { v: { path: v } } }', { i: {} }))).toMatchObject({
      found: 'object',
      expected: 'an array',
    });
  });

  test('`list` is written out; absent items are left out', () => {
    const rule = '{ list: [{ fields: { name: { const: note }, value: { path: n } } }, { path: x }, { const: end }] }';
    expect(applyRule(rule, { n: 'N' })).toEqual([{ name: 'note', value: 'N' }, 'end']);
    expect(applyRule('{ list: [{ path: x }] }', {})).toBeUndefined();
    expect(misfitOf(() => applyRule('{ list: [{ const: 1 }, { path: x }] }', { x: {} })).field).toBe('out[1]');
  });

  test('the input is never changed, and is not part of the output', () => {
    const input = Object.freeze({ i: Object.freeze([Object.freeze({ v: Object.freeze(['a']) })]) });
    const output = applyRule("{ each: i, fields: { v: { path: 'v[*]' } } }", input);
    expect(output).toEqual([{ v: ['a'] }]);
    expect(input.i[0]?.v).toEqual(['a']);
  });
});
