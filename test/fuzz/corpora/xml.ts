/** Documents that harm their readers, posted where an XML HIS posts. */
import { ATTACKS, attack } from '../../../adapters/xml-his/simulator/attacks.ts';
import { product, type Case, type Corpus, type Outcome } from './corpus.ts';
import type { Target } from './target.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const status = (inner = '<idAppointment>17</idAppointment>', more = ''): string =>
  `<SendNotificationAboutAppointmentStatus xmlns="http://tempuri.org/"${more}><idNotification>7</idNotification>${inner}<eventDatetime>2027-03-08T10:00:00</eventDatetime><idHistory>Canarylast</idHistory></SendNotificationAboutAppointmentStatus>`;
const envelope = (body: string): string => `<x:Envelope xmlns:x="${SOAP}"><x:Body>${body}</x:Body></x:Envelope>`;
const GOOD = envelope(status());

const TARGETS = [
  'file:///etc/passwd',
  'file:///proc/self/environ',
  'http://127.0.0.1:1/',
  'http://169.254.169.254/latest/',
  'ftp://127.0.0.1/x',
  'gopher://127.0.0.1:1/_x',
  'jar:http://127.0.0.1!/x',
  'php://filter/x',
  'netdoc:/etc/passwd',
  'expect://id',
  'data:text/plain,x',
  '\\\\127.0.0.1\\x',
  'x.dtd',
  '',
];
const SUBSETS: readonly ((target: string) => string)[] = [
  (at) => `<!DOCTYPE r [<!ENTITY x SYSTEM "${at}">]>`,
  (at) => `<!DOCTYPE r [<!ENTITY x PUBLIC "p" "${at}">]>`,
  (at) => `<!DOCTYPE r [<!ENTITY % x SYSTEM "${at}"> %x;]>`,
  (at) => `<!DOCTYPE r SYSTEM "${at}">`,
  (at) => `<!DOCTYPE r PUBLIC "-//X" "${at}">`,
  (at) => `<!DOCTYPE r [<!NOTATION n SYSTEM "${at}"><!ENTITY x SYSTEM "${at}" NDATA n>]>`,
  (at) => `<!DOCTYPE r [<!ATTLIST r a CDATA "${at}">]>`,
];
const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toLowerCase(),
  (text) => text.replace('<!DOCTYPE', '<!DOCTYPE\n\t'),
  (text) => `<?xml version="1.0"?>${text}`,
  (text) => `<?xml version="1.1"?>${text}`,
  (text) => `<!-- a -->${text}`,
];
const ENCODINGS: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16LE', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16BE', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['UTF-16LE without a mark', (text) => Buffer.from(text, 'utf16le')],
  [
    'UTF-32LE',
    (text) =>
      // Each character in four bytes: two of UTF-16, and two more.
      Buffer.from(
        Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'), (byte, at) =>
          at % 2 === 0 ? [byte] : [byte, 0, 0],
        ).flat(),
      ),
  ],
  ['UTF-7', (text) => Buffer.from(`<?xml version="1.0" encoding="UTF-7"?>${text.replaceAll('<', '+ADw-')}`)],
  ['EBCDIC, it says', (text) => Buffer.from(`<?xml version="1.0" encoding="cp037"?>${text}`)],
  ['an encoding of nobody', (text) => Buffer.from(`<?xml version="1.0" encoding="x-nobody"?>${text}`)],
  ['UTF-16, it says', (text) => Buffer.from(`<?xml version="1.0" encoding="UTF-16"?>${text}`)],
];
const TYPES = [
  'text/xml',
  'application/soap+xml; charset=utf-16',
  'text/xml; charset=x-nobody',
  'application/json',
  '',
  'multipart/related; boundary=',
  'multipart/related; boundary=b; start="<a>"',
  'multipart/related',
  'text/xml\t;charset="',
  'application/xop+xml',
];

const CONTROLS = [
  ...Array.from({ length: 32 }, (_, code) => code),
  0x7f,
  0x80,
  0x9f,
  0xd800,
  0xdfff,
  0xfffe,
  0xffff,
  0x110000,
  4_294_967_296,
];

const documents = (): readonly (readonly [string, string])[] => [
  ...ATTACKS.map((form) => [form, attack(form)] as const),
  ...product(SUBSETS, TARGETS).map(
    ([subset, at]) =>
      [`DOCTYPE to ${at}`, `${subset(at)}${envelope(status('<idAppointment>&x;</idAppointment>'))}`] as const,
  ),
  ...CONTROLS.flatMap((code) => {
    const sign = code <= 0xffff ? String.fromCharCode(code) : '?';
    return [
      [`sign ${code}`, envelope(status(`<idAppointment>${sign}</idAppointment>`))],
      [`&#${code};`, envelope(status(`<idAppointment>&#${code};</idAppointment>`))],
      [`&#x${code.toString(16)};`, envelope(status(`<idAppointment>&#x${code.toString(16)};</idAppointment>`))],
    ] as const;
  }),
  ...[
    '&x;',
    '&amp',
    '& amp;',
    '&#;',
    '&#x;',
    '&#-1;',
    '&#1e3;',
    '&#xG;',
    '&;',
    '&&',
    '%x;',
    '<![CDATA[',
    '<![CDATA[]]',
    ']]>',
    '<![INCLUDE[x]]>',
    '<!ELEMENT a ANY>',
    '<!-- -- -->',
    '<!--->',
    '<?xml version="1.0"?>',
    '<?php x ?>',
    '<?',
    '<',
    '<a',
    '<a b',
    '<a b=',
    '<a b="',
    '<a b="<"/>',
    '<a b=c/>',
    '<a b="1" b="2"/>',
    '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>',
    '<p:a/>',
    '<a p:b="1"/>',
    '<a xmlns:xml="x"/>',
    '<a xmlns:xmlns="x"/>',
    '<xmlns:a/>',
    '<a xmlns:p=""/>',
    '<1a/>',
    '<a.b:c:d/>',
    '<:a/>',
    '<a:/>',
    '</a>',
    '<a></b>',
    '<a/ >',
    '< a/>',
    '<a//>',
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
    '<x:script xmlns:x="u">Canary</x:script>',
    `<${'a'.repeat(5_000)}/>`,
    `<a ${'b'.repeat(5_000)}="1"/>`,
    `<a b="${'c'.repeat(1_000_000)}"/>`,
    '\0',
    '__proto__',
  ].map(
    (part) => [`inside: ${part.slice(0, 30)}`, envelope(status(`<idAppointment>17</idAppointment>${part}`))] as const,
  ),
  ...Array.from(
    { length: Math.floor(GOOD.length / 8) },
    (_, nth) => [`cut at ${nth * 8}`, GOOD.slice(0, nth * 8)] as const,
  ),
  ...[257, 5_000].map(
    (count) =>
      [
        `${count} namespaces`,
        envelope(status('', Array.from({ length: count }, (_, nth) => ` xmlns:n${nth}="u${nth}"`).join(''))),
      ] as const,
  ),
  ...[130, 10_000].map(
    (depth) => [`${depth} deep`, envelope(status('<a>'.repeat(depth) + '</a>'.repeat(depth)))] as const,
  ),
  ['two roots', GOOD + GOOD],
  ['text after it', `${GOOD}Canarylast`],
  ['5 MB and more', envelope(status(`<a>${'x'.repeat(5_000_001)}</a>`))],
  ['nothing', ''],
  ['blanks', ' \n'],
  ['a document of another kind', '<html><body>Canarylast</body></html>'],
];

async function post(
  { push: { path, secret }, ask }: Pick<Target, 'push'> & { ask: Target['ask'] },
  body: Uint8Array,
  type: string,
): Promise<Outcome> {
  const headers = { authorization: `Bearer ${secret}`, ...(type !== '' && { 'content-type': type }) };
  const heard = await ask(path, { method: 'POST', role: null, headers, body });
  if (![200, 400, 413, 415].includes(heard.status)) throw new Error(`was answered ${heard.status}`);
  if (/root:[^:]*:0:0:|PATH=/.test(heard.text)) throw new Error('a file of this machine was in the answer');
  return heard.status === 200 ? 'taken' : 'refused';
}

const at = (name: string, body: Uint8Array, type = 'text/xml; charset=utf-8'): Case => ({
  name,
  run: (target) => post({ push: target.push, ask: (...given) => target.ask(...given) }, body, type),
});

/** A DOCTYPE is refused in whatever way it is written. */
const mustRefuse = ({ name, run }: Case): Case => ({
  name,
  async run(target) {
    if ((await run(target)) === 'taken') throw new Error('was taken');
    return 'refused';
  },
});

export const hostileXml: Corpus = {
  name: 'Hostile XML',
  what: 'entities, external and parameter entities to 14 addresses, DOCTYPE in each spelling and encoding, depth, floods of attributes, elements, references and namespaces, characters that XML has not, each way to be no document, a document cut at every eighth sign, wrong types and encodings',
  at: 'pushes of an XML HIS',
  cases: () =>
    Promise.resolve([
      at('a good one', Buffer.from(GOOD)),
      ...documents().map(([name, text]) => at(name, Buffer.from(text))),
      ...product(SPELLINGS, ENCODINGS).flatMap(([spelling, [encoding, bytes]]) =>
        SUBSETS.slice(0, 3).map((subset) =>
          mustRefuse(at(`DOCTYPE in ${encoding}`, bytes(spelling(subset('file:///etc/passwd')) + GOOD))),
        ),
      ),
      ...product(ENCODINGS, TYPES).map(([[encoding, bytes], type]) => at(`${encoding} as ${type}`, bytes(GOOD), type)),
    ]),
};
