import { describe, expect, test } from '@jest/globals';
import { readHl7 } from '#adapter-kit';

/** A message in which MSH-18 says `charset` and PID-5.1 is `name`, as bytes. */
const message = (charset: string, name: Uint8Array, before: Uint8Array = Buffer.alloc(0)): Uint8Array =>
  Buffer.concat([
    before,
    Buffer.from(`MSH|^~\\&|HIS||HUB||20270301||SIU^S12|C|P|2.5||||||${charset}\rPID|1||7||`, 'latin1'),
    name,
    Buffer.from('^Given|last\r', 'latin1'),
  ]);

const UTF8 = Buffer.from('Zoë Łęcki 太郎', 'utf8');
const LATIN = Buffer.from([0x4c, 0xe9, 0x76, 0xea, 0x71, 0x75, 0x65]);

describe('the bytes say how they are read', () => {
  test.each<[string, string, Uint8Array, string, string, string[]]>([
    ['UTF-8 that says so', 'UNICODE UTF-8', UTF8, 'Zoë Łęcki 太郎', 'utf-8', []],
    ['UTF-8 that says nothing', '', UTF8, 'Zoë Łęcki 太郎', 'utf-8', []],
    ['UTF-8 that says ASCII', 'ASCII', UTF8, 'Zoë Łęcki 太郎', 'utf-8', ['charset-contradicted']],
    ['UTF-8 that says Latin 1', '8859/1', UTF8, 'Zoë Łęcki 太郎', 'utf-8', ['charset-contradicted']],
    ['UTF-8 that says what nobody knows', 'ISO IR 999', UTF8, 'Zoë Łęcki 太郎', 'utf-8', ['charset-unknown']],
    ['Latin 1 that says so', '8859/1', LATIN, 'Lévêque', 'windows-1252', []],
    ['Latin 1 that says UTF-8', 'UNICODE UTF-8', LATIN, 'Lévêque', 'windows-1252', ['charset-contradicted']],
    ['Latin 1 that says nothing', '', LATIN, 'Lévêque', 'windows-1252', ['charset-contradicted']],
    ['Latin 1 that says what nobody knows', 'X', LATIN, 'Lévêque', 'windows-1252', ['charset-unknown']],
    ['Cyrillic', '8859/5', Buffer.from([0xb8, 0xd2, 0xd0, 0xdd]), 'Иван', 'iso-8859-5', []],
    ['Western Windows by its own name', 'windows-1252', Buffer.from([0x80]), '€', 'windows-1252', []],
    ['the first of several sets', '8859/2~8859/1', Buffer.from([0xa3]), 'Ł', 'iso-8859-2', []],
    ['Chinese', 'GB 18030-2000', Buffer.from([0xcc, 0xab, 0xc0, 0xc9]), '太郎', 'gb18030', []],
    ['Korean', 'KS X 1001', Buffer.from([0xb1, 0xe8]), '김', 'euc-kr', []],
    ['ASCII that says what nobody knows', 'ISO IR 999', Buffer.from('Lee'), 'Lee', 'us-ascii', ['charset-unknown']],
    ['ASCII', '', Buffer.from('Lee'), 'Lee', 'us-ascii', []],
  ])('%s', (_name, charset, bytes, name, encoding, warnings) => {
    const read = readHl7(message(charset, bytes));
    expect(read.get('PID-5.1')).toBe(name);
    expect(read.get('PID-5.2')).toBe('Given');
    expect(read.encoding).toBe(encoding);
    expect(read.warnings.map(({ kind }) => kind)).toEqual(warnings);
  });

  test.each(['~ISO IR87', ''])(
    'in ISO 2022 the bytes of | and ^ inside characters are none (MSH-18 "%s")',
    (charset) => {
      // 0x467C is a character whose second byte is that of |, 0x455E one whose second byte is that of ^.
      const bytes = Buffer.from('\u001b$BF|E^\u001b(B', 'latin1');
      const read = readHl7(message(charset, bytes));
      expect(read.get('PID-5.1')).toBe('日党');
      expect(read.get('PID-5.2')).toBe('Given');
      expect(read.get('PID-6')).toBe('last');
    },
  );

  test('a mark of byte order goes before what MSH-18 says', () => {
    const read = readHl7(message('8859/5', UTF8, Buffer.from([0xef, 0xbb, 0xbf])));
    expect(read.get('PID-5.1')).toBe('Zoë Łęcki 太郎');
    expect(read.get('MSH-3')).toBe('HIS');
  });

  test('UTF-16 is read by its mark', () => {
    const text = Buffer.from(`\ufeff${Buffer.from(message('', UTF8)).toString('utf8')}`, 'utf16le');
    expect(readHl7(text).get('PID-5.1')).toBe('Zoë Łęcki 太郎');
    expect(readHl7(text.swap16()).get('PID-5.1')).toBe('Zoë Łęcki 太郎');
  });
});
