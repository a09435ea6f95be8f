/** The quirks of XML HIS that can be switched. Their evidence: README.md. */
import type { QuirkDeclaration, SimulatedHis, VendorAnswer } from '#adapter-kit/simulator';
import { attack, ATTACKS } from './attacks.ts';
import type { Habits } from './elements.ts';

export const QUIRKS: readonly QuirkDeclaration[] = [
  {
    id: 'X1',
    description:
      'Prefixes: default namespaces re-declared on each child, a: with nil, generated d5p1, or children without a namespace',
    default: 'm-and-defaults',
    forms: ['m-and-defaults', 'a-prefix', 'generated', 'unqualified'],
  },
  { id: 'X2', description: 'An empty list is left out, instead of an empty element', default: false },
  {
    id: 'X3',
    description: 'A missing value: nil, an empty element, or no element',
    default: 'nil',
    forms: ['nil', 'empty', 'absent'],
  },
  { id: 'X4', description: 'The second shape of errors: error/code instead of error_code', default: false },
  {
    id: 'X5',
    description: 'Faults come with status 200; or answers in SOAP 1.2 to requests in 1.1',
    default: false,
    forms: ['fault-200', 'soap-1.2-answer'],
  },
  { id: 'X6', description: 'Texts are CDATA sections', default: false },
  {
    id: 'X7',
    description:
      'Encodings: windows-1251, UTF-16, UTF-8 that is declared as utf-16, or a Content-Type that says UTF-8 of windows-1251',
    default: false,
    forms: ['windows-1251', 'utf-16', 'declares-utf-16', 'header-lies'],
  },
  { id: 'X8', description: 'A ticket at a local time that the clocks skip', default: false },
  {
    id: 'X9',
    description: 'No answer in an answer: a login page, nothing at all, or half of it',
    default: false,
    forms: ['html-login', 'empty', 'cut-off'],
  },
  { id: 'X10', description: 'A booking is called as its ticket was', default: false },
  {
    id: 'X11',
    description: 'Multipart with the envelope as root part; comments and instructions; references to other elements',
    default: false,
    forms: ['mtom', 'comments', 'multiref'],
  },
  {
    id: 'X12',
    description: 'The server has been taken over: every answer is an attack',
    default: false,
    forms: [...ATTACKS],
  },
  { id: 'X13', description: 'Misspelt method names are the contract: the right spelling is refused', default: true },
  { id: 'X14', description: 'Tickets unsorted, twice, and some of yesterday', default: false },
];

export function habitsOf({ quirks }: SimulatedHis): Habits {
  const prefixes = quirks.value('X1');
  const missing = quirks.value('X3');
  return {
    prefixes:
      prefixes === 'a-prefix' || prefixes === 'generated' || prefixes === 'unqualified' ? prefixes : 'm-and-defaults',
    missing: missing === 'empty' || missing === 'absent' ? missing : 'nil',
    cdata: quirks.on('X6'),
  };
}

/** What becomes of a finished answer on its way out. */
export function distort({ quirks }: SimulatedHis, answer: VendorAnswer): VendorAnswer {
  const harmful = quirks.value('X12');
  if (typeof harmful === 'string') return { ...answer, body: attack(harmful) };
  return encoded(packed(damaged(answer, quirks.value('X9')), quirks.value('X11')), quirks.value('X7'));
}

const LOGIN =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login"><input name="user"></form></body></html>';

function damaged(answer: VendorAnswer, form: unknown): VendorAnswer {
  const { body = '' } = answer;
  if (form === 'html-login')
    return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: LOGIN };
  if (form === 'empty') return { ...answer, body: '' };
  return form === 'cut-off' ? { ...answer, body: body.slice(0, Math.ceil(body.length / 2)) } : answer;
}

function packed(answer: VendorAnswer, form: unknown): VendorAnswer {
  const { headers = {}, body = '' } = answer;
  if (form === 'comments') {
    const marked = body
      .replace(/^(<\?xml[^>]*\?>)?/, '$1<?xml-stylesheet href="it\'s.xsl"?><!-- made by <HIS> -->')
      .replace(/(<\/[\w:]+>)/, '<!-- & -->$1');
    return { ...answer, body: marked };
  }
  if (form === 'multiref')
    return { ...answer, body: body.replace(/<((?:\w+:)?Success)([^>]*)>[^<]*<\/\1>/, '<$1$2 href="#id0"/>') };
  if (form !== 'mtom') return answer;
  const type = headers['content-type'] ?? 'text/xml';
  const parts = `--uuid:e71a\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml";\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@his>\r\n\r\n${body}\r\n--uuid:e71a--\r\n`;
  return {
    ...answer,
    headers: {
      ...headers,
      'content-type': `multipart/related; type="application/xop+xml"; boundary="uuid:e71a"; start="<root@his>"; start-info="${type.split(';')[0] ?? ''}"`,
    },
    body: parts,
  };
}

function encoded(answer: VendorAnswer, form: unknown): VendorAnswer {
  const { headers = {}, body = '' } = answer;
  const declared = (encoding: string): string =>
    body.replace(/^<\?xml[^>]*\?>/, `<?xml version="1.0" encoding="${encoding}"?>`);
  const bare = { ...headers, 'content-type': (headers['content-type'] ?? 'text/xml').split(';')[0] ?? '' };
  switch (form) {
    case 'declares-utf-16':
      return { ...answer, headers: bare, body: declared('utf-16') };
    case 'utf-16':
      return { ...answer, bytes: Buffer.from(`\uFEFF${declared('utf-16')}`, 'utf16le') };
    case 'windows-1251':
      return { ...answer, headers: bare, bytes: inWindows1251(declared('windows-1251')) };
    case 'header-lies':
      return { ...answer, bytes: inWindows1251(declared('windows-1251')) };
    default:
      return answer;
  }
}

/** Made by asking the decoder for each byte: encoders for national charsets are not built in. */
function inWindows1251(text: string): Uint8Array {
  const decoder = new TextDecoder('windows-1251');
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(new Uint8Array([byte])), byte]));
  return Uint8Array.from(Array.from(text, (character) => bytes.get(character) ?? 0x3f));
}
