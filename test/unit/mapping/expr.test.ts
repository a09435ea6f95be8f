import { describe, expect, test } from '@jest/globals';
import jsonata from 'jsonata';
import { applyRule, misfitOf, problemOfRule } from './mapping-directory.ts';

const INPUT = {
  id: 'e1',
  n: 7,
  half: 2.5,
  zero: 0,
  yes: true,
  no: false,
  nothing: null,
  empty: '',
  none: [],
  bare: {},
  name: [
    { use: 'official', family: 'Lopez', given: ['Ana', 'Maria'] },
    { use: 'nickname', family: 'L', given: ['Anita'] },
  ],
  one: [{ a: 1, b: [1, 2] }],
  'odd name': { x: 'y' },
  list: [3, 1, 2, 3],
  words: ['a', 'b', 'a'],
  nested: [[1, 2], [3]],
  deep: { a: { b: { c: [{ d: 'x' }, { d: 'z' }] } } },
  text: '  two   words ',
  emoji: 'a😀b',
  path: 'Patient/p1/_history/2',
};

/** Each of these is evaluated by JSONata itself too: the same text must mean the same. */
const EXPRESSIONS = `
id
"text"
n + 1
n - 2 * 3
-(n)
n / 2
n % 2
10 / half
id & "-" & n
missing & id
nothing
missing
yes and no
yes or missing
no or zero
n > 3
"a" < "b"
missing < 1
n = 7
n != 8
missing = missing
id = "e1" ? "is" : "is not"
missing ? 1
missing ? 1 : 2
missing ?? "else"
id ?: "else"
empty ?: "else"
n in [1, 7]
id in "e1"
missing in [1]
name.family
name.given
name[0].given
name[use = "nickname"].family
name[use = "official"].given[1]
name[-1].use
name.given[0]
(name.given)[0]
name[given]
name[none]
name[]
one.a
one[]
one.b
one.b[0]
one[].a
id[]
"odd name"
"odd name".x
$."odd name".x
deep.a.b.c.d
deep.a.b.c[1].d
deep.a.b.c[d = "z"]
$.id
$$.id
name.($$.id & family)
name.(family & ":" & $count(given))
name.{"f": family, "none": missing}
name[0].{"f": family, "g": given}
{"a": id, "b": missing, "c": [1, n]}
name.[family, use]
name[0].[family, use]
[name.family, id]
[1, [2, 3]]
[]
[missing]
none
bare
nested
nested[0]
nested.$sum($)
list[1]
list[$ > 1]
list[[0, 2]]
words[$ = "a"]
$sum(list)
$count(list)
$count(missing)
$max(list)
$min(list)
$average(list)
$append(list, 9)
$append(missing, 9)
$reverse(list)
$distinct(words)
$join(words, "-")
$join(words)
$join("x")
$string(n)
$string(half)
$string(0.1 + 0.2)
$string(yes)
$string(missing)
$number("12.5")
$number(yes)
$boolean(none)
$boolean(bare)
$boolean("x")
$not(missing)
$not(id)
$exists(missing)
$exists(nothing)
$type(nothing)
$type(list)
$type(bare)
$type(missing)
$floor(half)
$ceil(half)
$abs(-3)
$round(half)
$round(3.5)
$round(-2.5)
$round(123.456, 2)
$round(125, -1)
$uppercase(id)
name.$uppercase(family)
name.family.$uppercase()
$lowercase("ABC")
$trim(text)
$length(emoji)
$length(missing)
$substring(id, 1)
$substring("hello", 1, 2)
$substring("hello", -3)
$substring("hello", -3, 2)
$substring(emoji, 1, 1)
$substringBefore(path, "/")
$substringAfter(path, "/")
$substringAfter(path, "#")
$contains(path, "_history")
$split(path, "/")
$split(path, "/")[1]
$split("a,b", ",", 1)
$replace("a.b.c", ".", "-")
$replace("a.b.c", ".", "-", 1)
`
  .trim()
  .split('\n');

describe('an expression answers what JSONata answers', () => {
  test.each(EXPRESSIONS)('%s', async (text) => {
    const theirs: unknown = await jsonata(text).evaluate(INPUT);
    const ours = applyRule(JSON.stringify({ expr: text }), INPUT);
    // What comes to null is absent to a mapping, as with a path; JSONata marks its lists, JSON does not show it.
    expect(ours ?? undefined).toEqual(
      theirs === undefined || theirs === null ? undefined : JSON.parse(JSON.stringify(theirs)),
    );
  });
});

test('an expression sees the item of `each`, and the whole input as $$', () => {
  const rule = '{ each: name, fields: { text: { expr: \'family & "/" & $$.id\' } } }';
  expect(applyRule(rule, INPUT)).toEqual([{ text: 'Lopez/e1' }, { text: 'L/e1' }]);
});

test('the output shares nothing with the input', () => {
  const input = structuredClone(INPUT);
  const output = applyRule('{ expr: deep.a }', input);
  expect(output).toEqual(INPUT.deep.a);
  expect(output).not.toBe(input.deep.a);
});

describe('an expression that does not fit what it is given is an error with its place', () => {
  test.each([
    ['id + 1', 'text', 'a number'],
    ['id < 1', 'number', 'two texts, or two numbers'],
    ['yes < 1', 'boolean', 'texts or numbers to compare'],
    ['n / 0', 'number', 'neither too large nor divided by 0'],
    ['deep & id', 'object', 'a text, a number, true or false'],
    ['name = one', 'array', 'a value to compare'],
    ['$uppercase(n)', 'number', 'a text'],
    ['$number(id)', 'text', 'a number, or a text that is one'],
    ['$sum(words)', 'text', 'a number'],
    ['$join(list)', 'number', 'a text'],
    ['-(id)', 'text', 'a number'],
    ['$distinct(name)', 'object', 'texts, numbers or booleans'],
    ['$replace(id, "", "x")', 'text', 'a text to look for'],
  ])('%s', (text, found, expected) => {
    const error = misfitOf(() => applyRule(JSON.stringify({ expr: text }), INPUT));
    expect(error).toMatchObject({ found, expected: expect.stringContaining(expected) });
    expect(error.message).toMatch(/^mappings\/x\/one\.yaml:5:8 field "out": .* at "expr, character \d+"/);
  });
});

describe('a wrong expression is refused where it stands', () => {
  test.each([
    ['a +', 'mappings/x/one.yaml:5:16'],
    ['$uper(a)', '$uper is not allowed; there are $string, '],
    ['$x', 'there is no variable $x'],
    ['$uppercase(a, b)', '$uppercase takes 1 argument(s)'],
    ['$split()', '$split takes 2 to 3 argument(s)'],
    ['{a: b}', 'the names of an object are texts in quotes'],
    ['a.constructor', '"constructor" cannot be used as a name'],
    ['', 'character 1 of the expression'],
  ])('%s', (text, message) => {
    expect(problemOfRule(JSON.stringify({ expr: text }))).toContain(message);
  });
});
