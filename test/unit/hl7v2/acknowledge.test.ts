import { describe, expect, test } from '@jest/globals';
import { buildAck, readAck, readHl7, type AckOptions } from '#adapter-kit';

const AT = Date.UTC(2027, 2, 1, 9, 15, 1, 500);

const siu = (version: string, delimiters = '|^~\\&'): string => {
  const [field = '', component = ''] = delimiters;
  const fields = [
    'HIS',
    `X${component}1.2.3${component}ISO`,
    'HUB',
    'H',
    '20270301',
    '',
    `SIU${component}S12`,
    'C 1\\T\\',
    'T',
    version,
  ];
  return `MSH${delimiters}${field}${fields.join(field)}\r`;
};

const ackOf = (text: string, options: AckOptions): string[] =>
  Buffer.from(buildAck(readHl7(Buffer.from(text)), { at: AT, controlId: 'R1', ...options }))
    .toString()
    .split('\r');

test('an acknowledgement goes back to the sender, under the same version, and names its message', () => {
  expect(ackOf(siu('2.5.1'), { code: 'AA' })).toEqual([
    'MSH|^~\\&|HUB|H|HIS|X^1.2.3^ISO|20270301091501+0000||ACK^S12^ACK|R1|T|2.5.1||||||UNICODE UTF-8',
    'MSA|AA|C 1\\T\\',
    '',
  ]);
});

test('of a message in other delimiters it is written in those', () => {
  const [header, answer] = ackOf('MSH#!@%*#HIS#X###20270301##SIU!S12#C1#P#2.5\r', { code: 'AA' });
  expect(header).toMatch(/^MSH#!@%\*###HIS#X#/);
  expect(answer).toBe('MSA#AA#C1');
});

test('of something that could not be read it addresses nobody', () => {
  const ack = readHl7(buildAck(undefined, { code: 'AR', error: { code: '207' } }));
  expect(ack.get('MSA-1')).toBe('AR');
  expect(ack.get('MSA-2')).toBeUndefined();
  expect(ack.controlId).toMatch(/^[0-9A-F]{20}$/);
});

describe('an error', () => {
  const error = { code: '103', location: { segment: 'SCH', sequence: 1, field: 25 } } as const;

  test.each([
    ['2.3', 'ACK^S12', 'ERR|SCH^1^25^103&Table value not found&HL70357'],
    ['2.4', 'ACK^S12^ACK', 'ERR|SCH^1^25^103&Table value not found&HL70357'],
    ['2.5', 'ACK^S12^ACK', 'ERR||SCH^1^25|103^Table value not found^HL70357|E'],
    ['2.8', 'ACK^S12^ACK', 'ERR||SCH^1^25|103^Table value not found^HL70357|E'],
    ['', 'ACK^S12^ACK', 'ERR||SCH^1^25|103^Table value not found^HL70357|E'],
  ])('is written as version "%s" has it, and read again', (version, type, line) => {
    const lines = ackOf(siu(version), { code: 'AE', error });
    expect(lines[0]).toContain(`|${type}|`);
    expect(lines.slice(1, 3)).toEqual(['MSA|AE|C 1\\T\\|Table value not found', line]);
    expect(readAck(readHl7(Buffer.from(lines.join('\r'))))).toEqual({
      code: 'AE',
      controlId: 'C 1&',
      text: 'Table value not found',
      errors: [expect.objectContaining({ code: '103', text: 'Table value not found', location: error.location })],
    });
  });

  test('may have a text for a person, and no place', () => {
    const lines = ackOf(siu('2.5'), { code: 'AR', error: { code: '207', text: 'try again | later' } });
    expect(lines.slice(1, 3)).toEqual([
      'MSA|AR|C 1\\T\\|try again \\F\\ later',
      'ERR|||207^Application internal error^HL70357|E||||try again \\F\\ later',
    ]);
  });
});

describe('what came back is read', () => {
  const answer = (text: string): ReturnType<typeof readAck> =>
    readAck(readHl7(Buffer.from(`MSH|^~\\&|||||||ACK||P|2.5\r${text}`)));

  test("with the application's own code", () => {
    expect(
      answer('MSA|AE|C1|Slot not available\rERR||ARQ^1^11|205^Duplicate^HL70357|E|SLOTTAKEN^Taken^L')?.errors,
    ).toEqual([
      {
        code: '205',
        text: 'Duplicate',
        location: { segment: 'ARQ', sequence: 1, field: 11 },
        applicationCode: 'SLOTTAKEN',
        severity: 'E',
      },
    ]);
  });

  test('when it is bare', () => {
    expect(answer('MSA|AA|C1')).toEqual({ code: 'AA', controlId: 'C1', text: undefined, errors: [] });
    expect(answer('MSA|AR||""')).toEqual({ code: 'AR', controlId: '', text: undefined, errors: [] });
  });

  test.each(['PID|1', 'MSA|OK|C1', 'MSA||C1'])('but "%s" acknowledges nothing', (text) => {
    expect(answer(text)).toBeUndefined();
  });
});
