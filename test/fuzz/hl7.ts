/**
 * One execution: messages that were damaged at random, framed at random, cut at random, through framer, parser, tree, writer, mask,
 * acknowledgement, adapter and mappings. Only what is foreseen may come of it: a message, or an AdapterError that says why not.
 */
import {
  AdapterError,
  MllpFramer,
  buildAck,
  maskHl7,
  readAck,
  readHl7,
  writeHl7,
  type Call,
  type Connector,
  type Frame,
} from '#adapter-kit';
import adapter from '../../adapters/hl7v2/index.ts';
import type { Random } from '../chaos/random.ts';
import { testCall } from '../support/call.ts';
import { openCorpus } from '../support/samples.ts';

const HEAD = 'MSH|^~\\&|HIS|F|TESSERA|TESSERA|20270301090000+0000||';
const SIU =
  'SCH|P1|F1|||||R|C|N|30|min|^^30^20270308090000+0100^20270308093000+0100\rPID|1||1^^^HIS^MR~2^^^TESSERA||Test&van^Erika\rRGS|1\rAIS|1||OFFICE\rNTE|1||a \\T\\ b\\.br\\c\rAIP|1||17^Gray\rAIL|1||AMB1\rZCH|x';
const OWN: readonly string[] = [
  `${HEAD}SIU^S12^SIU_S12|1|P|2.5.1\r${SIU}`,
  `${HEAD}SIU^S15|2|P|2.3|||AL|NE||8859/1\r${SIU}`,
  `${HEAD}SIU^S24|3|P|2.5.1\rSCH||O1|||||||120|min|^^^20270308090000+0100\rRGS|1\rAIP|1||17\rAIL|1||AMB1`,
  `${HEAD}ADT^A08|4|P|2.5.1|||||DEU|UNICODE UTF-8\rEVN|A08|20270301\rPID|1||1^^^HIS||Müller^Jörg||19800229|M|||S 1^^B^^1^DE||030 1^PRN^PH`,
  `${HEAD}ADT^A40|5|P|2.5.1\rEVN|A40\rPID|1||1^^^HIS\rMRG|2~3\rPID|2||4\rMRG|5`,
  `${HEAD}MFN^M02|6|P|2.5.1\rMFI|PRA||UPD\rMFE|MUP|||17\rSTF|17|17|Gray^Ann\rPRA|17||||GP\rLAN|1|de`,
  `${HEAD}MFN^M05|7|P|2.5.1\rMFI|LOC||UPD\rMFE|MUP|||A\rLOC|A|Clinic||||S 1^^B`,
  `${HEAD}ACK^S12|8|P|2.5.1\rMSA|AE|9|no\rERR||SCH^1^2|204^x^HL70357|E`,
  'MSH#!@%*#HIS#F#TESSERA#TESSERA#20270301##SIU!S12#9#P#2.5\rSCH##F9',
];
const SIGNS = [
  0x0b, 0x1c, 0x0d, 0x0a, 0x00, 0x1b, 0x7c, 0x5e, 0x7e, 0x5c, 0x26, 0x22, 0x23, 0xff, 0xfe, 0xef, 0xbb, 0xbf, 0x80,
  0xc3,
];
const TEXTS = [
  '\\X0D\\',
  '\\.br\\',
  '\\E\\',
  '\\X',
  '""',
  '__proto__',
  'MSH|',
  '\rMSH|^~\\&|',
  '~ISO IR87',
  'UNICODE',
  '|||||',
  '20271031023000',
  '99999',
  '\u001b$B',
];

export interface Hl7Fuzz {
  /** Throws with words for what must not be. */
  execute(random: Random): Promise<void>;
  close(): Promise<void>;
}

export function openHl7Fuzz(): Hl7Fuzz {
  const bases = [...OWN.map((text) => Buffer.from(text)), ...sampled()];
  const connector = adapter.connect({
    config: {
      host: '127.0.0.1',
      port: 1,
      sendingApplication: 'HIS',
      sendingFacility: 'F',
      defaultTimeZone: 'Europe/Berlin',
    },
    secrets: {},
  });
  // One for all: a deadline of its own costs more than an execution.
  const call = testCall({ adapter: 'hl7v2', urls: [], signal: new AbortController().signal });
  return {
    async execute(random) {
      const messages = Array.from({ length: random.between(1, 3) }, () => damaged(random, bases));
      const stream = Buffer.concat(messages.map((message) => framed(random, message)));
      const frames = pushed(stream, [stream.length]);
      const cuts = Array.from({ length: random.between(1, 5) }, () => random.between(0, stream.length)).toSorted(
        (a, b) => a - b,
      );
      if (!isSame(frames, pushed(stream, [...cuts, stream.length])))
        throw new Error('frames depend on how the bytes were cut');
      for (const frame of frames) if (frame.kind === 'message') await read(connector, call, frame.bytes);
    },
    close: () => connector.close(),
  };
}

function sampled(): Buffer[] {
  const corpus = openCorpus('hl7v2');
  return (corpus?.entries ?? []).flatMap(({ file }) => corpus?.bytes(file) ?? []);
}

function damaged(random: Random, bases: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(bases));
  for (let count = random.between(0, 8); count > 0; count -= 1) {
    const at = random.between(0, bytes.length);
    const to = Math.min(bytes.length, at + random.between(0, 40));
    const parts = {
      set: () => [bytes.subarray(0, at), Buffer.of(random.pick(SIGNS)), bytes.subarray(at + 1)],
      insert: () => [bytes.subarray(0, at), Buffer.of(random.pick(SIGNS)), bytes.subarray(at)],
      text: () => [bytes.subarray(0, at), Buffer.from(random.pick(TEXTS), 'latin1'), bytes.subarray(at)],
      remove: () => [bytes.subarray(0, at), bytes.subarray(to)],
      repeat: () => [bytes.subarray(0, to), bytes.subarray(at)],
      cut: () => [bytes.subarray(0, at)],
      splice: () => [bytes.subarray(0, at), random.pick(bases).subarray(random.between(0, 60))],
      byte: () => [bytes.subarray(0, at), Buffer.of(random.between(0, 255)), bytes.subarray(at + 1)],
    };
    bytes = Buffer.concat(random.pick(Object.values(parts))());
  }
  return bytes;
}

function framed(random: Random, message: Buffer): Buffer {
  const garbage = Buffer.from(random.pick(['', '', '', '\n', 'GET / HTTP/1.1\r\n', '\u000b', '\u001c\r']), 'latin1');
  const end = Buffer.from(random.pick(['\u001c\r', '\u001c\r', '\u001c\r', '\u001c', '\r', '']), 'latin1');
  return Buffer.concat([garbage, Buffer.of(0x0b), message, end]);
}

function pushed(stream: Buffer, ends: readonly number[]): Frame[] {
  const framer = new MllpFramer();
  const frames: Frame[] = [];
  let from = 0;
  for (const end of ends) {
    frames.push(...framer.push(stream.subarray(from, end)));
    from = end;
  }
  return [...frames, ...framer.end()];
}

const isSame = (one: readonly Frame[], other: readonly Frame[]): boolean =>
  one.length === other.length &&
  one.every((frame, index) => {
    const twin = other[index];
    if (frame.kind === 'message') return twin?.kind === 'message' && Buffer.from(frame.bytes).equals(twin.bytes);
    return twin?.kind === 'dropped' && twin.why === frame.why && twin.byteCount === frame.byteCount;
  });

async function read(connector: Connector, call: Call, bytes: Uint8Array): Promise<void> {
  const message = orRefused(() => readHl7(bytes));
  if (!message) return;
  const ack = readAck(readHl7(buildAck(message, { code: 'AE', error: { code: '207' } })));
  if (ack?.code !== 'AE') throw new Error('an acknowledgement cannot be read');
  if (maskHl7(message).length !== message.segments().length) throw new Error('a mask has another number of segments');
  const tree = orRefused(() => message.toTree());
  if (tree && message.segments().every(({ id }) => /^[A-Z][A-Z0-9]{2}$/.test(id))) {
    const again = orRefused(() => readHl7(writeHl7(tree)));
    if (again && again.segments().length !== message.segments().length)
      throw new Error('written and read again it has another number of segments');
  }
  const received = await connector.receive?.(call, bytes);
  if (!received) return;
  orRefused(() => received.notices);
  for (const verdict of ['stored', 'failed'] as const) {
    const answer = received.acknowledge(verdict);
    if (answer && readAck(readHl7(answer)) === undefined) throw new Error('an answer acknowledges nothing');
  }
}

/** Undefined: refused, as foreseen. */
function orRefused<Made>(work: () => Made): Made | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}
