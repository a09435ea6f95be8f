import { describe, expect, test } from '@jest/globals';
import { applyRule, misfitOf, problemOfRule } from './mapping-directory.ts';

const PATIENT = {
  id: 'e1',
  name: [
    { use: 'official', family: 'Lopez', given: ['Camila', 'Maria'] },
    { use: 'old', family: 'Perez', given: ['Camila'] },
  ],
  identifier: [
    { system: 'urn:oid:1.2', type: { coding: [{ code: 'MR' }] }, value: '1' },
    { system: 'urn:oid:1.2.3', type: { coding: [{ code: 'XX' }, { code: 'SS' }] }, value: '2' },
    { system: 'urn:oid:9', value: '3' },
  ],
  notes: ['call first', 'hub:01HZX3'],
  slots: [
    { open: 0, public: true },
    { open: 2, public: false },
    { open: 1, public: true },
  ],
  "odd.na'me": 'odd',
  nothing: null,
};

const at = (path: string, input: unknown = PATIENT): unknown => applyRule(`{ path: ${JSON.stringify(path)} }`, input);

describe('a path reads', () => {
  test.each<[string, unknown]>([
    ['id', 'e1'],
    ['name[1].family', 'Perez'],
    ['name[7].family', undefined],
    ['name[0].given[*]', ['Camila', 'Maria']],
    ['name[*].given[0]', ['Camila', 'Camila']],
    ['name[*].given[*]', ['Camila', 'Maria', 'Camila']],
    ['name[use=old].family', 'Perez'],
    ['name[use=maiden].family', undefined],
    ['name[use!=old].family', 'Lopez'],
    ['name[use!=old][*].family', ['Lopez']],
    ['identifier[system=urn:oid:1.2].value', '1'],
    ['identifier[system^=urn:oid:1.2][*].value', ['1', '2']],
    ['identifier[system^=urn:oid:1.2][1].value', '2'],
    ['identifier[system$=.3].value', '2'],
    ["identifier[system*='1.2.'].value", '2'],
    ['identifier[type.coding[*].code=SS].value', '2'],
    ['identifier[type.coding[0].code=MR].value', '1'],
    ['identifier[type.coding[*].code!=MR][*].value', ['2', '3']],
    ['slots[open!=0][public=true].open', 1],
    ['slots[open=2].public', false],
    ['notes[.^=hub:]', 'hub:01HZX3'],
    ["'odd.na''me'", 'odd'],
    ['$root.id', 'e1'],
    ['nothing.further.down', undefined],
    ['nobody[0].home[a=b].here[*]', undefined],
  ])('%s', (path, value) => {
    expect(at(path)).toEqual(value);
  });

  test('the item itself, by a single dot, and lists at the top', () => {
    expect(at('.', 'text')).toBe('text');
    expect(at('[1].a', [{ a: 1 }, { a: 2 }])).toBe(2);
    expect(at('$root[0][1]', [['a', 'b']])).toBe('b');
  });

  test('own members only, never what objects inherit', () => {
    for (const name of ['toString', 'hasOwnProperty', 'valueOf', 'toString.name']) expect(at(name, {})).toBeUndefined();
    expect(at('toString', JSON.parse('{"toString": "own"}'))).toBe('own');
    expect(at('name[toString*=native].family')).toBeUndefined();
  });

  test('the first that is present, of several', () => {
    expect(applyRule('{ path: [nothing, nick, id] }', PATIENT)).toBe('e1');
    expect(applyRule("{ path: ['nick[*]', 'notes[*]'] }", PATIENT)).toEqual(['call first', 'hub:01HZX3']);
  });
});

describe('a path that does not fit the input is an error that says what stood where', () => {
  test.each([
    ['name.family', 'name', 'array', 'an object with "family"'],
    ['id.value', 'id', 'text', 'an object with "value"'],
    ['id[0]', 'id', 'text', 'an array'],
    ['id[a=b].c', 'id', 'text', 'an array'],
    ['name[0].given', 'name[0].given', 'array', 'a text, a number or a boolean'],
    ['name[0]', 'name[0]', 'object', 'a text, a number or a boolean'],
    ['name[*]', 'name[*]', 'object', 'a text, a number or a boolean'],
    ['slots[0].open.more', 'slots[0].open', 'number', 'an object with "more"'],
  ])('%s', (path, sourcePath, found, expected) => {
    const error = misfitOf(() => at(path));
    expect(error).toMatchObject({
      kind: 'protocol',
      reason: 'mapping',
      field: 'out',
      sourcePath,
      found,
      expected,
      line: 5,
      column: 8,
    });
    expect(error.message).toContain(
      `mappings/x/one.yaml:5:8 field "out": expected ${expected} at "${sourcePath}", found ${found}.`,
    );
    expect(error.message).not.toMatch(/Lopez|Camila|e1"/);
  });
});

describe('a path that cannot be understood is refused when it is loaded', () => {
  test.each([
    ['', 'expected a name'],
    ['a..b', 'at character 3'],
    ['a.', 'expected a name'],
    ['.a', 'expected "." or "["'],
    ['a b', 'expected "." or "["'],
    ['a[', 'expected'],
    ['a[0', 'expected a number'],
    ['a[-1]', 'expected a number, * or a filter'],
    ['a[b]', 'expected a number, * or a filter'],
    ['a[b=]', "'' for an empty text"],
    ['a[b=c', 'expected "]"'],
    ["a[b='c]", 'expected a value'],
    ['$other.a', 'expected a name'],
    ['a[$root.b=c]', 'not at $root'],
    ['__proto__.polluted', '"__proto__" cannot be used as a name'],
    ["'constructor'.name", '"constructor" cannot be used as a name'],
    ['a[prototype.x=1]', '"prototype" cannot be used as a name'],
    ['a.'.repeat(300), 'more than 500 characters'],
  ])('%s', (path, message) => {
    const problem = problemOfRule(`{ path: ${JSON.stringify(path)} }`);
    expect(problem).toContain(message);
    expect(problem).toMatch(/^mappings\/x\/one\.yaml:5:16 /);
  });
});
