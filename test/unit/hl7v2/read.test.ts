import { describe, expect, test } from '@jest/globals';
import { Hl7Error, readHl7, type Hl7Message } from '#adapter-kit';

const HEAD = 'MSH|^~\\&|HIS|X|HUB|HUB|20270301||SIU^S12|C1|P|2.5';

const read = (...segments: readonly string[]): Hl7Message =>
  readHl7(Buffer.from([HEAD, ...segments].join('\r'), 'utf8'));

function problemOf(text: string): Hl7Error {
  try {
    readHl7(Buffer.from(text, 'latin1'));
  } catch (error) {
    if (error instanceof Hl7Error) return error;
    throw error;
  }
  throw new Error('expected an Hl7Error, but the message was read');
}

describe('a value is read by its name', () => {
  const message = read(
    'PID|1||4711^^^HIS&1.2.3&ISO^MR~99^^^NAT^NI||van den Bergh&van den&Bergh^Zoë|""|||""^x',
    'AIS|1||A^First',
    'AIS|2||B',
  );

  test.each<[string, string | null | undefined]>([
    ['MSH-1', '|'],
    ['MSH-2', '^~\\&'],
    ['MSH-2.2', undefined],
    ['MSH-9.2', 'S12'],
    ['MSH-10', 'C1'],
    ['PID-3', '4711'],
    ['PID-3.1', '4711'],
    ['PID-3.2', undefined],
    ['PID-3.4', 'HIS'],
    ['PID-3.4&2', '1.2.3'],
    ['PID-3[1].5', 'NI'],
    ['PID-3[2].1', undefined],
    ['PID-5.1', 'van den Bergh'],
    ['PID-5.1&3', 'Bergh'],
    ['PID-5.2', 'Zoë'],
    ['PID-6', null],
    ['PID-9', null],
    ['PID-9.2', 'x'],
    ['PID-99', undefined],
    ['AIS[1]-3', 'B'],
    ['AIS[0]-3.2', 'First'],
    ['AIS[2]-3', undefined],
    ['SCH-1', undefined],
  ])('%s', (path, value) => {
    expect(message.get(path)).toBe(value);
  });

  test('or all of it: of every repetition and every segment', () => {
    expect(message.all('PID-3')).toEqual(['4711', '99']);
    expect(message.all('PID-3.5')).toEqual(['MR', 'NI']);
    expect(message.all('PID-3[1]')).toEqual(['99']);
    expect(message.all('AIS-3')).toEqual(['A', 'B']);
    expect(message.all('AIS-3.2')).toEqual(['First']);
    expect(message.all('AIS[1]-3')).toEqual(['B']);
    expect(message.all('PID-6')).toEqual([null]);
    expect(message.all('ZZZ-1')).toEqual([]);
  });

  test.each(['PID', 'PID3', 'PID-0', 'PID-3.0', 'pid-3', 'PID-3.4&0', 'PID-3[-1]', 'PID-3.1.2', ''])(
    'but "%s" is no name',
    (path) => {
      expect(() => message.get(path)).toThrow(RangeError);
    },
  );

  test('and the header tells what it is', () => {
    expect([message.type, message.event, message.controlId]).toEqual(['SIU', 'S12', 'C1']);
    expect(read().segments()).toHaveLength(1);
  });
});

describe('segments', () => {
  test.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR twice', '\r\r'],
  ])('end with %s', (_name, end) => {
    const message = readHl7(Buffer.from([HEAD, 'PID|1', 'PV1|2', ''].join(end)));
    expect(message.segments().map(({ id }) => id)).toEqual(['MSH', 'PID', 'PV1']);
    expect(message.get('MSH-12')).toBe('2.5');
    expect(message.warnings).toEqual([]);
  });

  test('keep their order, and those of a group stay together', () => {
    const message = read('RGS|1', 'AIS|1||MRI', 'AIL|1', 'RGS|2', 'AIP|1', 'NTE|1', 'AIP|2', 'ZAB|1');
    const groups = message.groups('RGS');
    expect(groups.map(({ head, segments }) => [head.field(1), ...segments.map(({ id }) => id)])).toEqual([
      ['1', 'AIS', 'AIL'],
      ['2', 'AIP', 'NTE', 'AIP', 'ZAB'],
    ]);
    expect(message.groups('PID')).toEqual([]);
  });

  test('of a patient end with the next patient, or with the first group of resources', () => {
    const message = read('PID|1', 'MRG|old1', 'PID|2', 'MRG|old2', 'RGS|1', 'AIS|1');
    expect(message.groups('PID').map(({ segments }) => segments.map((each) => each.get('MRG-1')))).toEqual([
      ['old1'],
      ['old2'],
    ]);
  });

  test('with odd names are kept, and warned about', () => {
    const message = read('pid|1||7', 'PIDX|1', 'PV|1', 'NTE|1||first line', 'second line', '__proto__|1');
    expect(message.get('PID-3')).toBe('7');
    expect(message.get('NTE-3')).toBe('first line\nsecond line');
    expect(message.segments().map(({ id }) => id)).toEqual(['MSH', 'PID', 'PIDX', 'PV', 'NTE', '__proto__']);
    expect(message.warnings).toEqual([
      { kind: 'segment-case', segment: 1 },
      { kind: 'segment-name', segment: 2 },
      { kind: 'segment-name', segment: 3 },
      { kind: 'stray-line', segment: 4 },
      { kind: 'segment-name', segment: 5 },
    ]);
  });

  test('may have thousands of empty fields, or a note of a megabyte', () => {
    const message = read(`ZZZ${'|'.repeat(3_000)}last`, `NTE|1||${'x'.repeat(1_000_000)}`);
    expect(message.segments('ZZZ')[0]?.field(3_000)).toBe('last');
    expect(message.get('NTE-3')).toHaveLength(1_000_000);
  });
});

describe('delimiters are what the message says', () => {
  test.each([
    ['MSH@~&#\\@HIS@@@@@@SIU~S12@C@P@2.5\rPID@1@@a\\b~x&c', 'b', 'c'],
    ['MSH#!@%*#HIS######SIU!S12#C#P#2.5\rPID#1##a*b!x@c', 'b', 'c'],
    ['MSH|^~\\&#|HIS||||||SIU^S12|C|P|2.7\rPID|1||a&b^x~c', 'b', 'c'],
    ['MSH|^~&\\|HIS||||||SIU^S12|C|P|2.5\rPID|1||a\\b^x~c', 'b', 'c'],
  ])('%j', (text, subcomponent, repetition) => {
    const message = readHl7(Buffer.from(text));
    expect(message.event).toBe('S12');
    expect(message.get('PID-3.1&2')).toBe(subcomponent);
    expect(message.get('PID-3[1]')).toBe(repetition);
  });

  test('the fifth has its own escape, and only where there is a fifth', () => {
    const note = (head: string): unknown => readHl7(Buffer.from(`${head}|HIS\rNTE|1||a\\P\\b`)).get('NTE-3');
    expect(note('MSH|^~\\&#')).toBe('a#b');
    expect(note('MSH|^~\\&')).toBe('a\\P\\b');
  });
});

describe('escapes', () => {
  test.each([
    ['plain', 'plain'],
    ['a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f', 'a|b^c&d~e\\f'],
    ['line\\.br\\next', 'line\nnext'],
    ['\\X41\\\\X0D\\\\X0a\\', 'A\r\n'],
    ['\\XC3A9\\', 'é'],
    ['\\XE9\\', 'é'],
    ['\\H\\bold\\N\\ text', 'bold text'],
    ['\\Z99\\ own', '\\Z99\\ own'],
    ['\\X4\\ \\XGG\\ \\X\\', '\\X4\\ \\XGG\\ \\X\\'],
    ['\\C2842\\ \\.sp\\', '\\C2842\\ \\.sp\\'],
    ['C:\\temp\\F\\x', 'C:\\temp|x'],
    ['not closed \\F', 'not closed \\F'],
    ['\\', '\\'],
    ['\\\\', '\\\\'],
    ['\\E\\F\\E\\', '\\F\\'],
    ['\\f\\', '\\f\\'],
  ])('%j reads as %j', (written, text) => {
    expect(read(`NTE|1||${written}`).get('NTE-3')).toBe(text);
  });
});

describe('what is no message is refused, with its place and without its content', () => {
  test.each<[string, string, number]>([
    ['', 'empty', 0],
    ['\r\n \u000b\r', 'empty', 0],
    ['PID|1||SECRET', 'no-header', 0],
    ['MS', 'no-header', 0],
    ['MSH', 'header-cut-off', 3],
    ['MSH|', 'header-cut-off', 4],
    ['MSH|^~|SECRET', 'delimiters', 3],
    ['MSH|^~\\^|SECRET', 'delimiters', 3],
    ['MSH|^~\\&#!|SECRET', 'delimiters', 3],
    ['MSHA^~\\&ASECRET', 'delimiters', 3],
    ['MSH|ab\\&|SECRET', 'delimiters', 3],
    ['MSH^^~\\&^SECRET', 'delimiters', 3],
    [`${HEAD}\rPID|1||SECRET\r${HEAD}`, 'second-header', HEAD.length + 15],
  ])('%j: %s', (text, problem, offset) => {
    const error = problemOf(text);
    expect(error).toMatchObject({ kind: 'protocol', reason: `hl7-${problem}`, problem, offset });
    expect(error.message).not.toContain('SECRET');
  });
});

test('marks of byte order and of framing before MSH, and the end of a frame, are passed over', () => {
  const message = readHl7(Buffer.from(`\ufeff\u000b\r\n${HEAD}\rPID|1\r\u001c\r`));
  expect(message.segments().map(({ id }) => id)).toEqual(['MSH', 'PID']);
  expect(message.warnings).toEqual([]);
});
