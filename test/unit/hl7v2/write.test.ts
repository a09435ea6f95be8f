import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildAck,
  AdapterError,
  hl7Segments,
  readHl7,
  writeHl7,
  type Hl7SegmentInput,
  type Delimiters,
} from '#adapter-kit';

const HEAD = { segment: 'MSH', 'MSH-9': { 1: 'SRM', 2: 'S01' }, 'MSH-10': 'C1', 'MSH-12': '2.5.1' };

const written = (...segments: readonly Hl7SegmentInput[]): string =>
  Buffer.from(writeHl7([HEAD, ...segments])).toString('utf8');

describe('a message is written', () => {
  test('with its own delimiters, its charset, and CR after each segment', () => {
    expect(written({ segment: 'RGS', 'RGS-1': 1 })).toBe(
      'MSH|^~\\&|||||||SRM^S01|C1||2.5.1||||||UNICODE UTF-8\rRGS|1\r',
    );
  });

  test('field by field: components, subcomponents, repetitions, values to delete, nothing', () => {
    const segment = {
      segment: 'PID',
      'PID-3': [{ 1: '4711', 4: 'HIS', '4&2': '1.2.3', 5: 'MR' }, '99', '', null],
      'PID-5': { 1: 'Müller', 2: undefined, 3: 'X', 4: '' },
      'PID-6': null,
      'PID-7': undefined,
      'PID-8': '',
      'PID-11': {},
    };
    expect(written(segment).split('\r')[1]).toBe('PID|||4711^^^HIS&1.2.3^MR~99~~""||Müller^^X|""');
  });

  test('of a tree as it was read', () => {
    const text = 'MSH|^~\\&|A||B||20270301||SIU^S12|C|P|2.5\rSCH|1^X&Y~2||a\\F\\b\rRGS|1\rAIS|1\rNTE|1\rRGS|2\rAIS|2\r';
    const again = Buffer.from(writeHl7(readHl7(Buffer.from(text)).toTree())).toString();
    expect(again).toBe(text.replace('|P|2.5\r', '|P|2.5||||||UNICODE UTF-8\r'));
  });

  test('with other delimiters', () => {
    const delimiters: Delimiters = {
      field: '#',
      component: '!',
      repetition: '@',
      escape: '%',
      subcomponent: '*',
      truncation: undefined,
    };
    const bytes = writeHl7([HEAD, { segment: 'NTE', 'NTE-3': ['a#b|c', { 1: '!', 2: '@', '2&2': '%*' }] }], {
      delimiters,
    });
    expect(Buffer.from(bytes).toString().split('\r')[1]).toBe('NTE###a%F%b|c@%S%!%R%*%E%%T%');
    expect(readHl7(bytes).get('NTE-3[1].2&2')).toBe('%*');
  });
});

/** Everything that could be taken for structure, alone and in company (vendors' and attackers' texts). */
const NASTY = [
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\r',
  '\n',
  '\r\n',
  '\u000b',
  '\u001c',
  '\u001c\r',
  '\u0000',
  '\u007f',
  '\u0085',
  '""',
  '"',

  '\\X0D\\',
  '\\.br\\',
  '\\F\\',
  '\\E\\',
  '\\',
  '\\\\',
  '\\X',
  'a\\',

  'x\rOBX|1|ST|||injected',
  '|^~\\&|',
  'MSH|^~\\&|',
  '\u000bMSH|',
  '\ufeff',
  '\u2028',
  '太郎',
  '👩‍⚕️',
  'é'.normalize('NFD'),

  "'; drop table appointment; --",
  '<script>alert(1)</script>',
  '${7*7}',
  '%00',
  '__proto__',
  ' lead and trail ',
  '#',
];

const delimiterSets: Delimiters[] = [
  { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&', truncation: undefined },
  { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&', truncation: '#' },
  { field: '#', component: '!', repetition: '@', escape: '%', subcomponent: '*', truncation: undefined },
];

/** `text` in five places of a message: as a field, component, subcomponent, repetition and in a note. */
const filled = (text: string): Hl7SegmentInput[] => [
  { ...HEAD, 'MSH-3': text },
  { segment: 'PID', 'PID-3': ['1', text], 'PID-5': { 1: text, '1&2': text, 2: text }, 'PID-30': 'end' },
  { segment: 'NTE', 'NTE-3': text },
];

function expectKept(text: string, delimiters: Delimiters): void {
  const bytes = writeHl7(filled(text), { delimiters });
  const raw = Buffer.from(bytes).toString('utf8');
  expect(raw.match(/\r/g)).toHaveLength(3);
  expect(Array.from(raw).filter((sign) => sign < ' ' && sign !== '\r')).toEqual([]);
  const message = readHl7(bytes);
  expect(message.segments().map(({ id }) => id)).toEqual(['MSH', 'PID', 'NTE']);
  const places = ['MSH-3', 'PID-3[1]', 'PID-5.1', 'PID-5.1&2', 'PID-5.2', 'NTE-3'];
  expect(places.map((path) => message.get(path))).toEqual(places.map(() => text));
  expect(message.get('PID-30')).toBe('end');
}

describe('no text becomes structure, and every text comes back as it was', () => {
  test.each(NASTY)('%j', (text) => {
    for (const delimiters of delimiterSets) expectKept(text, delimiters);
  });

  /** Every field that the feed's segments have; MSH-1, 2 and 18 are the writer's own. */
  const FIELDS: Readonly<Record<string, number>> = {
    EVN: 7,
    SCH: 27,
    PID: 39,
    PV1: 52,
    MRG: 7,
    RGS: 3,
    AIS: 12,
    AIP: 12,
    AIL: 12,
    NTE: 4,
    STF: 38,
    LOC: 9,
  };
  const everyField = (text: string): Hl7SegmentInput[] =>
    Object.entries({ MSH: 25, ...FIELDS }).map(([segment, count]) => ({
      segment,
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`${segment}-${index + 1}`, text])),
      ...(segment === 'MSH' && { 'MSH-9': { 1: 'SIU', 2: 'S12' } }),
    }));

  test.each(NASTY)('%j in every field of every segment leaves as many segments, and the same text in each', (text) => {
    for (const delimiters of delimiterSets) {
      const message = readHl7(writeHl7(everyField(text), { delimiters }));
      expect(message.segments().map(({ id }) => id)).toEqual(['MSH', ...Object.keys(FIELDS)]);
      for (const [segment, count] of Object.entries(FIELDS)) {
        const values = Array.from({ length: count }, (_, index) => message.get(`${segment}-${index + 1}`));
        expect(values).toEqual(values.map(() => text));
      }
      expect(readHl7(buildAck(message, { code: 'AE', error: { code: '207', text } })).segments()).toHaveLength(3);
    }
  });

  test('any text whatever', () => {
    const pieces = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY));
    const text = fc
      .array(pieces, { minLength: 1, maxLength: 6 })
      .map((each) => each.join(''))
      .filter((each) => each !== '' && each.isWellFormed());
    fc.assert(
      fc.property(text, fc.constantFrom(...delimiterSets), (each, delimiters) => expectKept(each, delimiters)),
      { numRuns: 500 },
    );
  });

  test('and a whole tree comes back as it was', () => {
    const value = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', minLength: 1 }), fc.constant(null));
    const components = fc.dictionary(fc.constantFrom('1', '2', '5', '2&2', '7&3'), value, { minKeys: 1 });
    const field = fc.array(components, { minLength: 1, maxLength: 3 });
    const segment = fc
      .tuple(fc.constantFrom('PID', 'NTE', 'ZAB', 'RGS', 'AIS'), fc.array(field, { maxLength: 4 }))
      .map(([id, fields]) => ({
        segment: id,
        ...Object.fromEntries(
          fields.flatMap((each, at) => [
            [`${id}-${at + 1}`, each[0]],
            [`${id}-${at + 1}~`, each],
          ]),
        ),
      }));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        fc.pre(segments.every((each) => JSON.stringify(each).isWellFormed()));
        const tree = readHl7(writeHl7([HEAD, ...segments])).toTree();
        const bare = tree.segments
          .slice(1)
          .map((each) =>
            Object.fromEntries(Object.entries(each).filter(([name]) => name === 'segment' || name.includes('-'))),
          );
        expect(bare).toEqual(segments);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a mapping made wrongly is refused', () => {
  const refusalOf = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test.each<[string, readonly Hl7SegmentInput[]]>([
    ['no header', [{ segment: 'PID' }]],
    ['nothing', []],
    ['a name that is none', [HEAD, { segment: 'pid' }]],
    ['a name with an end of line', [HEAD, { segment: 'PI\r' }]],
    ['a field of another segment', [HEAD, { segment: 'PID', 'PV1-3': 'SECRET' }]],
    ['a field without a number', [HEAD, { segment: 'PID', 'PID-x': 'SECRET' }]],
    ['a field above all numbers', [HEAD, { segment: 'PID', 'PID-1000000': 'SECRET' }]],
    ['a component without a number', [HEAD, { segment: 'PID', 'PID-3': { id: 'SECRET' } }]],
    ['a component above all numbers', [HEAD, { segment: 'PID', 'PID-3': { 1e9: 'SECRET' } }]],
    ['a truth value', [HEAD, { segment: 'PID', 'PID-3': true }]],
    ['an object as component', [HEAD, { segment: 'PID', 'PID-3': { 1: { a: 'SECRET' } } }]],
  ])('%s', (_name, segments) => {
    const error = refusalOf(() => writeHl7(segments));
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ kind: 'misconfigured', reason: 'hl7-shape' });
    expect(String(error)).not.toContain('SECRET');
  });

  test('before it is a message at all', () => {
    expect(hl7Segments([HEAD])).toEqual([HEAD]);
    expect(hl7Segments({ segments: [HEAD] })).toEqual([HEAD]);
    for (const each of [undefined, null, 'MSH', {}, { segments: 1 }, [1], [{ 'PID-3': '1' }], [null]])
      expect(refusalOf(() => hl7Segments(each))).toMatchObject({ reason: 'hl7-shape' });
  });
});
