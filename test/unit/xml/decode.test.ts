import { describe, expect, test } from '@jest/globals';
import { XML_LIMITS, XmlRefused, decodeXml } from '#adapter-kit';
import { refusalOf } from './refusal-of.ts';

const DOCUMENT = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?><Статус>готово</Статус>`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Made by asking the decoder for each byte (or pair): encoders for national charsets are not built in. */
function encodedIn(encoding: string, text: string): Uint8Array {
  const decoder = new TextDecoder(encoding);
  const known = new Map<string, readonly number[]>();
  for (let byte = 0; byte < 256; byte += 1) known.set(decoder.decode(new Uint8Array([byte])), [byte]);
  if (encoding === 'gbk') {
    for (let lead = 0xa1; lead < 0xff; lead += 1)
      for (let trail = 0xa1; trail < 0xff; trail += 1)
        known.set(decoder.decode(new Uint8Array([lead, trail])), [lead, trail]);
  }
  return Uint8Array.from(Array.from(text).flatMap((character) => known.get(character) ?? [0x3f]));
}

describe('bytes become text', () => {
  test.each([
    ['UTF-8 that says so', utf8(DOCUMENT('utf-8')), 'text/xml; charset=utf-8', 'utf-8'],
    ['UTF-8 of which nobody says anything', utf8('<Статус>готово</Статус>'), '', 'utf-8'],
    ['UTF-8 with a byte order mark', utf8(`\uFEFF${DOCUMENT('utf-8')}`), '', 'utf-8'],
    ['UTF-8 that is declared as utf-16', utf8(DOCUMENT('utf-16')), 'text/xml', 'utf-8'],
    ['UTF-8 whose header says utf-16', utf8(DOCUMENT('utf-8')), 'text/xml; charset=utf-16', 'utf-8'],
    [
      'UTF-16 with its mark, though the header says UTF-8',
      Buffer.from(`\uFEFF${DOCUMENT('utf-16')}`, 'utf16le'),
      'text/xml; charset=utf-8',
      'utf-16le',
    ],
    ['UTF-16, high byte first', Buffer.from(`\uFEFF${DOCUMENT('utf-16')}`, 'utf16le').swap16(), '', 'utf-16be'],
    ['UTF-16 without its mark', Buffer.from(DOCUMENT('utf-16'), 'utf16le'), '', 'utf-16le'],
    [
      'windows-1251 by its declaration',
      encodedIn('windows-1251', DOCUMENT('windows-1251')),
      'text/xml',
      'windows-1251',
    ],
    [
      'windows-1251 by the header',
      encodedIn('windows-1251', '<Статус>готово</Статус>'),
      'text/xml;charset="windows-1251"',
      'windows-1251',
    ],
    [
      'windows-1251, though the header says UTF-8',
      encodedIn('windows-1251', DOCUMENT('windows-1251')),
      'text/xml; charset=utf-8',
      'windows-1251',
    ],
  ])('%s', (_, bytes, contentType, encoding) => {
    const decoded = decodeXml(bytes, contentType);
    expect(decoded.text).toContain('<Статус>готово</Статус>');
    expect(decoded.encoding).toBe(encoding);
  });

  test('ISO-8859-1', () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Müller, Jörg</a>', 'latin1');
    expect(decodeXml(bytes).text).toContain('Müller, Jörg');
  });

  test('GBK', () => {
    const bytes = encodedIn('gbk', '<?xml version="1.0" encoding="GBK"?><a>号源已被占用</a>');
    expect(decodeXml(bytes).text).toContain('号源已被占用');
  });

  test('what nobody declares rightly is taken for what the profile says', () => {
    const bytes = encodedIn('windows-1251', DOCUMENT('utf-8'));
    expect(refusalOf(() => decodeXml(bytes, 'text/xml; charset=utf-8'))).toBe('charset');
    expect(decodeXml(bytes, 'text/xml; charset=utf-8', 'windows-1251').text).toContain('готово');
  });
});

describe('bytes are refused', () => {
  test.each([
    ['that are in no encoding that anybody named', Uint8Array.from([0x3c, 0x61, 0xff, 0x3e]), ''],
    ['whose encoding nobody has', utf8('<?xml version="1.0" encoding="utf-7"?><a/>'), ''],
    ['in UTF-32', Uint8Array.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), ''],
  ])('%s', (_, bytes, contentType) => {
    expect(refusalOf(() => decodeXml(bytes, contentType))).toBe('charset');
  });

  test('above 5 MB, before they are looked at', () => {
    expect(refusalOf(() => decodeXml(new Uint8Array(XML_LIMITS.bytes + 1)))).toBe('too-large');
    expect(() => decodeXml(new Uint8Array(XML_LIMITS.bytes + 1))).toThrow(XmlRefused);
  });
});

describe('multipart/related', () => {
  const TYPE = 'multipart/related; type="application/xop+xml"; boundary="b:1"; start="<root>"';
  const part = (id: string, content: string, more = ''): string =>
    `--b:1\r\nContent-Type: application/xop+xml; charset=UTF-8\r\n${more}Content-ID: ${id}\r\n\r\n${content}\r\n`;

  test('gives its root part, wherever it stands', () => {
    const body = `preamble\r\n${part('<photo>', '\u0001\u0002')}${part('<root>', '<a>готово</a>')}--b:1--\r\n`;
    expect(decodeXml(utf8(body), TYPE).text).toBe('<a>готово</a>');
  });

  test('gives its first part where none is named, and where the name fits none', () => {
    const body = `${part('<x>', '<a/>')}${part('<y>', '<b/>')}--b:1--`;
    expect(decodeXml(utf8(body), 'multipart/related; boundary="b:1"').text).toBe('<a/>');
    expect(decodeXml(utf8(body), TYPE).text).toBe('<a/>');
  });

  test('is read with line feeds alone, and in base64', () => {
    const encoded = Buffer.from('<a/>').toString('base64');
    const body = part('<root>', encoded, 'Content-Transfer-Encoding: base64\r\n').replaceAll('\r\n', '\n');
    expect(decodeXml(utf8(`${body}--b:1--`), TYPE).text).toBe('<a/>');
  });

  test.each([
    ['without a boundary', 'multipart/related', `${part('<root>', '<a/>')}--b:1--`],
    ['cut off', TYPE, part('<root>', '<a/>')],
    ['without parts', TYPE, 'nothing'],
    ['with a part that has no end of its headers', TYPE, '--b:1\r\nContent-ID: <root>\r\n--b:1--'],
    [
      'in an encoding of another time',
      TYPE,
      `${part('<root>', '<a/>', 'Content-Transfer-Encoding: quoted-printable\r\n')}--b:1--`,
    ],
  ])('is refused %s', (_, contentType, body) => {
    expect(refusalOf(() => decodeXml(utf8(body), contentType))).toBe('multipart');
  });
});
