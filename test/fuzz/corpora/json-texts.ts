/** Texts that RFC 8259 does not allow, and texts that it does, each made by a rule of its grammar (the kinds of JSONTestSuite). */

const CONTROLS = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
const LETTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
  (sign) => !/["\\/bfnrtu]/.test(sign) && sign >= ' ',
);
const NUMBERS =
  '+1 01 -01 00 -00 1. -1. .5 -.5 1e 1E 1e+ 1e- 1.e1 1.5e 0x1 0X1F 0b1 0o7 1_000 1,5.2 Infinity -Infinity NaN -NaN +Infinity 1.2.3 --1 -+1 +-1 ++1 1f 1n 1L 1e1.5 1e0x1 - + . e1 -e1 1ee2 1e++2 ２ ①  1.0.0 1..2 ∞ $1 1% 1/2 (1)'.split(
    ' ',
  );
const LITERALS =
  'True TRUE tRUE FALSE False Null NULL nil none None undefined nul nulll tru truee fals falsee yes no on off true1 null0 truefalse nullnull ntrue'.split(
    ' ',
  );
const ESCAPES = [
  ...LETTERS.map((sign) => `\\${sign}`),
  '\\u',
  '\\u0',
  '\\u00',
  '\\u004',
  '\\u00G0',
  '\\u{41}',
  '\\U0041',
  '\\u-041',
  '\\u 041',
  '\\u+041',
  '\\x41',
  '\\uD83D\\u',
  '\\uD83D\\uDE',
];
const STRUCTURES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '{]',
  '[}',
  '{"a"',
  '{"a":',
  '{"a":1',
  '["a"',
  '[1',
  '[1,',
  '[,',
  '{,',
  '[,1]',
  '[1,]',
  '[1,,2]',
  '[,]',
  '[1 2]',
  '[1;2]',
  '[1:2]',
  '["a" "b"]',
  '[1]]',
  '[[1]',
  '[1}',
  '{"a":1]',
  '{,"a":1}',
  '{"a":1,}',
  '{"a":1,,"b":2}',
  '{"a" 1}',
  '{"a"::1}',
  '{"a":}',
  '{:1}',
  '{"a",1}',
  '{"a":1 "b":2}',
  '{a:1}',
  "{'a':1}",
  '{1:1}',
  '{null:1}',
  '{[1]:1}',
  '{"a":"b":"c"}',
  '{"a":1;"b":2}',
  '{"a"=1}',
  '{(1)}',
  '{*}',
  "'a'",
  '`a`',
  '“a”',
  '"a',
  'a"',
  '"a""b"',
  '"a"b',
  '"a" "b"',
  '1 2',
  '{} {}',
  '[] []',
  '{}[]',
  'null null',
  '// a\n1',
  '1 // a',
  '/* a */ 1',
  '1 /* a */',
  '# a\n1',
  '1 # a',
  '<!-- a --> 1',
  '[1/*,*/]',
  '{/**/}',
  '--1',
  '',
  ' ',
  '\n',
  '	\r\n ',
  'a',
  '<a/>',
  '---\n- 1',
  'function(){}',
  'new Date()',
  '{"a":1}}',
  '[1]x',
  '{}x',
  '{},',
];
const BLANKS = [
  '\u000b',
  '\u000c',
  '\u00a0',
  '\u0085',
  '\u1680',
  '\u2000',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u205f',
  '\u2060',
  '\u3000',
  '\ufeff',
  '\u200b',
  '\u0000',
  '\u001f',
  '\u007f',
];

/** Bytes that are no UTF-8 (RFC 3629; Unicode, table 3-7). */
const NO_UTF8: readonly (readonly number[])[] = [
  ...Array.from({ length: 64 }, (_, nth) => [0x80 + nth]),
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xfc, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0xfe],
  [0xff],
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xc3, 0x28],
  [0xe2, 0x28, 0xa1],
  [0xef, 0xbb],
];

const SAMPLE = '{"a":[1,-2.5e+3,true,null,"x\\n\\u00e9"],"b":{"c":{}}}';

/** What stands for a value, alone and inside of others. */
const around = (value: string): readonly string[] => [value, `[${value}]`, `[1,${value}]`, `{"a":${value}}`];
const inText = (part: string): readonly string[] => [`"${part}"`, `["a${part}b"]`, `{"${part}":1}`];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Must be refused as no JSON. */
export function noJson(): readonly Uint8Array[] {
  const texts = [
    ...[...NUMBERS, ...LITERALS].filter((each) => each !== '').flatMap(around),
    ...[...CONTROLS, ...ESCAPES].flatMap(inText),
    ...STRUCTURES,
    ...BLANKS.flatMap((blank) => [`${blank}1`, `1${blank}`, `[1${blank},2]`, `{"a"${blank}:1}`]),
    // Cut anywhere, and each sign left out, doubled or replaced: what is still JSON then is left to the other list.
    ...Array.from({ length: SAMPLE.length - 1 }, (_, at) => SAMPLE.slice(0, at + 1)),
    ...SAMPLE.split('').flatMap((sign, at) =>
      ['', sign + sign, ',', '}', '\\'].map((other) => SAMPLE.slice(0, at) + other + SAMPLE.slice(at + 1)),
    ),
  ];
  const wide = (bytes: Buffer): Buffer => bytes;
  return [
    // A byte order mark before it is one: RFC 8259, 8.1, leaves it to the reader, and decoders take it away.
    ...[...new Set(texts)]
      .filter((text) => !isJson(text) && !text.startsWith('\ufeff'))
      .map((text) => Buffer.from(text)),
    ...NO_UTF8.flatMap((bytes) => [
      Buffer.from([0x22, ...bytes, 0x22]),
      Buffer.from([0x5b, ...bytes, 0x5d]),
      Buffer.from([0x7b, 0x22, ...bytes, 0x22, 0x3a, 0x31, 0x7d]),
    ]),
    wide(Buffer.from(SAMPLE, 'utf16le')),
    wide(Buffer.from(SAMPLE, 'utf16le').swap16()),
    wide(Buffer.from(`\ufeff${SAMPLE}`, 'utf16le')),
    wide(Buffer.from(`\ufeff${SAMPLE}`, 'utf16le').swap16()),
  ];
}

const VALUES = [
  ...'0 -0 1 -1 10 0.0 -0.0 1.5 1e5 1E5 1e+5 1e-5 0e0 0E+1 -0e-0 123456789 0.1234567890123456789 9007199254740993 1e308 -1e-400 true false null {} [] ""'.split(
    ' ',
  ),
  '"a"',
  '"\\""',
  '"\\\\"',
  '"\\/"',
  '"/"',
  '"\\b\\f\\n\\r\\t"',
  '"\\u0041"',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\uABCD"',
  '"\\uabcd"',
  '"é"',
  '"😀"',
  '"\u007f"',
  '"\u0080"',
  '"\u2028"',
  '"\u2029"',
  '"\ufeff"',
  '"\ufffd"',
  '"\uffff"',
  '"\u{10ffff}"',
  '"[{,:}]"',
  '"// a"',
];
const SPACES = ['', ' ', '\t', '\n', '\r', '\r\n', ' \t\n\r '];

/** Must not be refused as no JSON. */
export const validJson = (): readonly Uint8Array[] =>
  [
    ...new Set([
      ...VALUES.flatMap(around),
      ...SPACES.flatMap((blank) => [
        `${blank}1${blank}`,
        `[${blank}1${blank},${blank}2${blank}]`,
        `{${blank}"a"${blank}:${blank}1${blank}}`,
      ]),
      ...[1, 2, 32, 63].map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
      `[${Array.from({ length: 9_999 }, () => '0').join(',')}]`,
      `"${'a'.repeat(9_999)}"`,
      `{"${'a'.repeat(9_999)}":1}`,
    ]),
  ].map((text) => Buffer.from(text));
