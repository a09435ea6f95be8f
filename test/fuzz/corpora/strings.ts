/** Strings that break programs, in every place where the API, HL7 v2 and XML have a text. What is taken comes back as it was. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encodeXml, parseXml, readHl7, writeHl7, XmlRefused } from '#adapter-kit';
import type { Case, Corpus, Outcome } from './corpus.ts';
import type { Target } from './target.ts';

const FROM_LIST = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('big-list-of-naughty-strings'), 'utf8'),
) as readonly string[];

const OWN: readonly string[] = [
  ...Array.from({ length: 33 }, (_, code) => `a${String.fromCharCode(code)}b`),
  ...Array.from({ length: 33 }, (_, code) => `a${String.fromCharCode(0x7f + code)}b`),
  ...[
    '\u00ad',
    '\u061c',
    '\u180e',
    '\u200b',
    '\u200d',
    '\u200e',
    '\u202a',
    '\u202e',
    '\u2028',
    '\u2066',
    '\u2069',
    '\ufeff',
  ].map((sign) => `a${sign}b`),
  '\ud800',
  '\udfff',
  '\udc00\ud800',
  '\ufffe',
  '\uffff',
  '\u{1f3f4}\u{e0067}\u{e007f}',
  'e\u0301',
  '\u1112\u1161\u11ab',
  '=1+1',
  '+1',
  '-1',
  '@SUM(1)',
  '\t=1',
  '=HYPERLINK("http://127.0.0.1/")',
  "=cmd|'/C calc'!A0",
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\\F\\',
  '\\X0D\\',
  '\\.br\\',
  '\\Z..\\',
  '\\H\\',
  '\rPID|1||X',
  '\u000bMSH|',
  '\u001c\r',
  '<',
  '&',
  ']]>',
  '<![CDATA[',
  '&#0;',
  '&x;',
  '<!--',
  '-->',
  '<?xml?>',
  '" onload="',
  "'/>",
  '${7*7}',
  '{{7*7}}',
  '#{7*7}',
  '<%= 7*7 %>',
  '$eval("1")',
  '__proto__',
  'constructor.constructor("return 1")()',
  'a\r\nSet-Cookie: x=1',
  '%0d%0aX: y',
  '\u001b[31mred',
  '\u001b]0;title\u0007',
  '{"level":"fatal"}\n{"level":"info"}',
  "'; drop table patient; --",
  "' or '1'='1",
  '$1',
  ':name',
  '\\',
  '%',
  '_',
  'a%00b',
  "E'\\x00'",
  '--',
  '/*',
  ';',
  '/etc/passwd',
  '../../root.key',
  'file:///etc/passwd',
  'C:\\boot.ini',
  '\\\\host\\share',
  '~root',
  'null',
  'NaN',
  'undefined',
  'true',
  'x'.repeat(200),
  'x'.repeat(9_999),
  'ß'.repeat(300),
  '😀'.repeat(100),
  'Z̸̡̛̤͇̩̥̫̖̬̹̱͚̝̈́͗̽'.repeat(20),
];

const strings = [...new Set([...FROM_LIST, ...OWN])];
let serial = 0;

/** As it was, once it was taken. */
async function asName(target: Target, text: string): Promise<Outcome> {
  const body = {
    name: { given: ['Canaryfirst'], family: text },
    birthDate: '1931-07-19',
    email: `s${(serial += 1)}@example.com`,
  };
  const made = await target.ask('/v1/patients', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, phone: '+12125550177' }),
  });
  if (made.status !== 201) return refusal(made.status);
  const { id } = JSON.parse(made.text) as { id: string };
  const read = JSON.parse((await target.ask(`/v1/patients/${id}`)).text) as { name: { family: string } };
  // Names are kept in one form, without blanks around them.
  if (read.name.family.trim() !== text.normalize('NFC').trim())
    throw new Error(`kept as ${JSON.stringify(read.name.family.slice(0, 60))}`);
  return 'taken';
}

function refusal(status: number): Outcome {
  if (status < 400) return 'taken';
  if (status >= 500) throw new Error(`answered ${status}`);
  return 'refused';
}

const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

async function asQuery(target: Target, text: string): Promise<Outcome> {
  return refusal((await target.ask(`/v1/providers?q=${escaped(text)}`)).status);
}

async function asPath(target: Target, text: string): Promise<Outcome> {
  return refusal((await target.ask(`/v1/patients/${escaped(text)}`)).status);
}

async function asKey(target: Target, text: string): Promise<Outcome> {
  const key = text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '').trim();
  const heard = await target.ask('/v1/appointments', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ slotId: text.toWellFormed(), patientId: text.toWellFormed(), reason: text }),
  });
  return refusal(heard.status);
}

/** A field of HL7 v2 stays one field, whatever stands in it. */
function inHl7(text: string): Promise<Outcome> {
  const sent = text.toWellFormed();
  const head = { segment: 'MSH', 'MSH-9': { 1: 'SRM', 2: 'S01' }, 'MSH-10': 'C1', 'MSH-12': '2.5.1' };
  const written = writeHl7([head, { segment: 'PID', 'PID-5': { 1: sent, 2: 'B' } }, { segment: 'NTE', 'NTE-3': sent }]);
  const { segments, PID, NTE } = readHl7(written).toTree();
  const [person, note] = [PID, NTE].map(
    (list) => (list as readonly Readonly<Record<string, unknown>>[] | undefined)?.[0],
  );
  const heard = [(person?.['PID-5'] as { 1?: string }) ?? {}, (note?.['NTE-3'] as { 1?: string }) ?? {}].map(
    (field) => field[1],
  );
  if (segments.length !== 3) throw new Error(`${segments.length} segments were read, and 3 were written`);
  // Two quotes say that a value is to be deleted.
  if (sent !== '' && sent !== '""' && heard.some((each) => each !== sent))
    throw new Error(`came back as ${JSON.stringify(heard)}`);
  return Promise.resolve('taken');
}

function inXml(text: string): Promise<Outcome> {
  try {
    const document = parseXml(`<r a="${encodeXml(text, 'attribute')}">${encodeXml(text, 'text')}</r>`, {
      namespaces: {},
    });
    const { r } = document as { r: { '#text': string; '@a': string } };
    if (r['@a'] !== text) throw new Error(`an attribute came back as ${JSON.stringify(r['@a'])}`);
    return Promise.resolve('taken');
  } catch (error) {
    if (error instanceof XmlRefused) return Promise.resolve('refused');
    throw error;
  }
}

const PLACES = {
  'a name': asName,
  'a query': asQuery,
  'a path': asPath,
  'an idempotency key, ids and a reason': asKey,
  'HL7 v2': (_: Target, text: string) => inHl7(text),
  XML: (_: Target, text: string) => inXml(text),
};

export const naughtyStrings: Corpus = {
  name: 'Naughty strings',
  what: `the ${FROM_LIST.length} of big-list-of-naughty-strings, and ${strings.length - FROM_LIST.length} by rule (controls, bidi, half surrogates, delimiters of HL7 v2 and XML, formulas, templates, SQL, log and header injection), in ${Object.keys(PLACES).length} places each; what is taken comes back as it was`,
  at: 'API, HL7 v2 and XML codecs',
  cases: () =>
    Promise.resolve(
      Object.entries(PLACES).flatMap(([place, run]) =>
        strings.map((text): Case => ({
          name: `${JSON.stringify(text.slice(0, 40))} as ${place}`,
          run: (target) => run(target, text),
        })),
      ),
    ),
};
