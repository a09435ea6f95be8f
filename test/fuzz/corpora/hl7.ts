/** Messages that are none, or are made to harm, at the port of HL7 v2. Who listens answers, or cuts; and goes on listening. */
import type { Case, Corpus, Outcome } from './corpus.ts';
import type { Target } from './target.ts';

const START = '\u000b';
const END = '\u001c\r';
/** Who gets no frame, or none that ends, has nothing to answer. */
const SILENT_MS = 1_000;
const ANSWERED_MS = 5_000;
const framed = (text: string): Buffer => Buffer.from(START + text + END);

const SIU = [
  'SCH||A1|||||||30|min|^^30^20270308090000+0000',
  'PID|1||CANARY-MRN-1^^^HIS^MR||Canarylast^Canaryfirst||19310719|F|||7 Canarystreet^^Canarytown^^C4N4RY^US||2125550177',
  'RGS|1|A',
  'AIP|1|A|17^Gray^Ann',
  'AIL|1|A|AMB1',
];

const PARTS = [
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\\F\\',
  '\\S\\',
  '\\T\\',
  '\\R\\',
  '\\E\\',
  '\\X0D\\',
  '\\X00\\',
  '\\X1C0D\\',
  '\\X',
  '\\XZZ\\',
  '\\.br\\',
  '\\.sp9999999\\',
  '\\C2842\\',
  '\\M2842\\',
  '\\Zx\\',
  '\\H\\',
  '""',
  '\n',
  '\u0000',
  '\u000b',
  '\u001c',
  '\u001b$B',
  '\u0085',
  '\u2028',
  '\ud800',
  '😀',
  '=1+1',
  '<script>',
  "';--",
  '$eval("1")',
  '__proto__',
  '%s%n',
  '|'.repeat(5_000),
  '^'.repeat(5_000),
  '~'.repeat(5_000),
  '&'.repeat(5_000),
  '\\T\\'.repeat(5_000),
  'x'.repeat(70_000),
];
const DATES = [
  '20271331',
  '20270229',
  '00000000',
  '99991231235959.9999+1400',
  '2027',
  '20270308T09',
  '20270308090000+9999',
  '20270308090000-',
  'x',
  '-1',
  '20270328023000',
  '1e9',
  '٢٠٢٧',
];
const TRIGGERS = [
  'SIU^S12',
  'SIU^S13',
  'SIU^S14',
  'SIU^S15',
  'SIU^S17',
  'SIU^S26',
  'SIU^S99',
  'SIU',
  'ADT^A08',
  'ADT^A40',
  'ADT^A01',
  'MFN^M02',
  'MFN^M05',
  'ORU^R01',
  'ACK^S12',
  'ACK',
  'SRR^S01',
  '^',
  'X',
  'SIU^S12^SIU_S12^X^Y',
  'siu^s12',
  'QBP^Q21',
  '',
];
const CHARSETS = [
  '8859/1',
  'UNICODE UTF-8',
  'UNICODE',
  'UTF-16',
  'ASCII',
  '8859/15',
  'ISO IR87',
  '~ISO IR159',
  'GB 18030-2000',
  'KS X 1001',
  'x-nobody',
  'UNICODE UTF-8~ISO IR87',
  '|',
  '\u0000',
  '8859/1'.repeat(500),
];

/** What the sandbox's hospital of messages calls itself. */
interface Head {
  readonly application: string;
  readonly facility: string;
}

class Messages {
  readonly #head: Head;
  #serial = 0;

  constructor(head: Head) {
    this.#head = head;
  }

  of(trigger: string, segments: readonly string[], { charset = '', id = '', version = '2.5.1' } = {}): string {
    const { application, facility } = this.#head;
    const control = id || `corpora-${(this.#serial += 1)}`;
    const head = `MSH|^~\\&|${application}|${facility}|TESSERA|TESSERA|20270301090000+0000||${trigger}|${control}|P|${version}||||||${charset}`;
    return [head, ...segments].join('\r');
  }
}

/** One field of the message, with something else in it. */
function changedFields(messages: Messages): readonly (readonly [string, Buffer])[] {
  return SIU.flatMap((segment, index) => {
    const fields = segment.split('|');
    return fields.slice(1).flatMap((value, at) =>
      [...PARTS, ...DATES]
        // Each part in some fields, each field with some parts.
        .filter((_, nth) => (nth + at + index) % 7 === 0)
        .map((part): readonly [string, Buffer] => {
          const other = fields.with(at + 1, value + part).join('|');
          return [
            `${fields[0]}-${at + 1} with ${JSON.stringify(part.slice(0, 12))}`,
            framed(messages.of('SIU^S12', SIU.with(index, other))),
          ];
        }),
    );
  });
}

function shapes(messages: Messages): readonly (readonly [string, Buffer])[] {
  const good = messages.of('SIU^S12', SIU);
  const own = (text: string): Buffer => framed(text);
  return [
    ...TRIGGERS.map((trigger) => [`trigger ${trigger}`, own(messages.of(trigger, SIU))] as const),
    ...CHARSETS.map(
      (charset) => [`charset ${charset.slice(0, 20)}`, own(messages.of('SIU^S12', SIU, { charset }))] as const,
    ),
    ...['', '2', '9.9', 'x'.repeat(100), '2.5.1^DEU'].map(
      (version) => [`version ${version.slice(0, 9)}`, own(messages.of('SIU^S12', SIU, { version }))] as const,
    ),
    ...['\u0000', 'x'.repeat(10_000), '|', "';--", '../../x', '\u001b[31m'].map(
      (id) => [`control id ${JSON.stringify(id.slice(0, 9))}`, own(messages.of('SIU^S12', SIU, { id }))] as const,
    ),
    ...[
      'MSH',
      'MSH|',
      'MSH|^',
      'MSH|^~\\&',
      'MSH|^~\\&|',
      'MSH||||||',
      'MSH|||||',
      'MSHx',
      'MSH\u0000^~\\&',
      'MSH|^^^^|A|B',
      'MSHAAAAA',
      'msh|^~\\&|A|B|C|D|||SIU^S12|1|P|2.5',
      'MSH|^~\\&#|A|B|C|D|||SIU^S12|1|P|2.5',
      'FHS|^~\\&|A',
      'BHS|^~\\&|A',
      'PID|1',
      'Canarylast',
      '',
      '\r\r\r',
      '{"resourceType":"Bundle"}',
      '<a/>',
      '\ufeffMSH|^~\\&|A',
      '\u0000'.repeat(100),
      '|'.repeat(1_000),
    ].map((text) => [`head ${JSON.stringify(text.slice(0, 20))}`, own(text)] as const),
    ...[
      'MSH|^~\\&|A',
      'PID|2||X',
      'ZZZ|x',
      'zz|',
      'TOOLONG|x',
      '|||',
      '\u0000',
      'PID',
      'AIL|1|A|'.repeat(500),
      '__proto__|x',
    ].map((segment) => [`more: ${segment.slice(0, 20)}`, own(`${good}\r${segment}`)] as const),
    ...[20_000, 200_000].map((count) => [`${count} segments`, own(`${good}${'\rNTE|1||x'.repeat(count)}`)] as const),
    ...SIU.map(
      (segment, index) =>
        [`without ${segment.slice(0, 3)}`, own(messages.of('SIU^S12', SIU.toSpliced(index, 1)))] as const,
    ),
    ...SIU.map(
      (segment, index) =>
        [`${segment.slice(0, 3)} twice`, own(messages.of('SIU^S12', SIU.toSpliced(index, 0, segment)))] as const,
    ),
    ['upside down', own(messages.of('SIU^S12', SIU.toReversed()))],
    ['line feeds', own(messages.of('SIU^S12', SIU).replaceAll('\r', '\n'))],
    ...Array.from(
      { length: Math.floor(good.length / 10) },
      (_, nth) => [`cut at ${nth * 10}`, own(good.slice(0, nth * 10))] as const,
    ),
    ...Array.from({ length: 64 }, (_, nth) => {
      const bytes = framed(messages.of('SIU^S12', SIU));
      bytes[60 + nth * 4] = 0x80 + nth;
      return [`byte ${60 + nth * 4} changed`, bytes] as const;
    }),
  ];
}

/** What is around messages: these end as the connection does. */
function frames(messages: Messages): readonly (readonly [string, Buffer])[] {
  const good = (): string => messages.of('SIU^S12', SIU);
  const raw = (text: string): Buffer => Buffer.from(text, 'latin1');
  return [
    ['no frame', raw(good())],
    ['no end', raw(START + good())],
    ['an end without its CR', raw(`${START}${good()}\u001c`)],
    ['an end with LF', raw(`${START}${good()}\u001c\n`)],
    ['two starts', raw(`${START}${START}${good()}${END}`)],
    ['a start inside', raw(`${START}${good().slice(0, 90)}${START}${good()}${END}`)],
    ['ends alone', raw(END.repeat(100))],
    ['starts alone', raw(START.repeat(10_000))],
    ['nothing in frames', raw((START + END).repeat(100))],
    ['rubbish before it', raw(`Canarylast${START}${good()}${END}`)],
    ['rubbish after it', raw(`${START}${good()}${END}Canarylast`)],
    ['rubbish only', Buffer.alloc(100_000, 0x41)],
    ['zeros', Buffer.alloc(100_000)],
    ['2 MB', Buffer.concat([raw(START), Buffer.alloc(2_000_000, 0x41), raw(END)])],
    ['2 MB of a message', raw(`${START}${good()}\rNTE|1||${'x'.repeat(2_000_000)}${END}`)],
    ['HTTP', raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
    ['a proxy', raw('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['100 at once', Buffer.concat(Array.from({ length: 100 }, () => framed(good())))],
    [
      'the same ten times',
      Buffer.concat(Array.from({ length: 10 }, () => framed(messages.of('SIU^S12', SIU, { id: 'corpora-same' })))),
    ],
  ];
}

async function send(target: Target, bytes: Buffer, silentMs: number): Promise<Outcome> {
  const heard = await target.rawMllp(bytes, silentMs);
  target.judge(400, heard);
  const codes = [...heard.matchAll(/MSA\|(\w\w)/g)].map((match) => match[1]);
  if (codes.length > 0) return codes.every((code) => code === 'AA' || code === 'CA') ? 'taken' : 'refused';
  if (heard !== '') throw new Error(`was answered with ${JSON.stringify(heard.slice(0, 80))}`);
  return 'closed';
}

const caseOf =
  (silentMs: number) =>
  ([name, bytes]: readonly [string, Buffer]): Case => ({ name, run: (target) => send(target, bytes, silentMs) });

async function names({ hub }: Target): Promise<Head> {
  const { rows } = await hub.database.db.query<{ config: Readonly<Record<string, string>> }>(
    'select config from connection where id = $1',
    [hub.connection('hl7v2').id],
  );
  const { sendingApplication = '', sendingFacility = '' } = rows[0]?.config ?? {};
  return { application: sendingApplication, facility: sendingFacility };
}

export const hostileHl7: Corpus = {
  name: 'Hostile HL7 v2',
  what: 'delimiters, escapes, control characters, dates and floods in fields; triggers, character sets, versions and control ids that are none; heads and segments that are none; messages cut and changed; frames that do not begin or end, 2 MB, other protocols',
  at: 'MLLP port',
  async cases(target) {
    const messages = new Messages(await names(target));
    return [
      ...[...changedFields(messages), ...shapes(messages)].map(caseOf(ANSWERED_MS)),
      ...frames(messages).map(caseOf(SILENT_MS)),
    ];
  },
};
