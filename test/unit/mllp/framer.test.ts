import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { frameOf, MllpFramer, type Frame } from '#adapter-kit';

const MESSAGES = ['A', 'B', 'C'].map((id) => `MSH|^~\\&|HIS|X|HUB|HUB|20270301||SIU^S12|${id}|P|2.5\rSCH|${id}|Zoë\r`);
const VT = '\u000b';
const FS = '\u001c';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

/** `message:text`, or `half-message:12` for so many bytes dropped. */
const shown = (frames: readonly Frame[]): string[] =>
  frames.map((frame) =>
    frame.kind === 'message' ? `message:${Buffer.from(frame.bytes).toString()}` : `${frame.why}:${frame.byteCount}`,
  );

function cut(text: string | Uint8Array, at: readonly number[] = [], bytesMax?: number): string[] {
  const all = typeof text === 'string' ? bytes(text) : text;
  const framer = new MllpFramer(bytesMax);
  const found: Frame[] = [];
  let from = 0;
  for (const to of [...at, all.length]) {
    found.push(...framer.push(all.subarray(from, to)));
    from = to;
  }
  return shown([...found, ...framer.end()]);
}

const framed = (...messages: readonly string[]): Buffer => Buffer.concat(messages.map((each) => frameOf(bytes(each))));

describe('messages are found', () => {
  test('wherever the bytes are split, at one place', () => {
    const all = framed(...MESSAGES);
    for (let at = 0; at <= all.length; at++) expect(cut(all, [at])).toEqual(MESSAGES.map((text) => `message:${text}`));
  });

  test('when every byte comes alone', () => {
    const all = framed(...MESSAGES);
    expect(cut(all, [...all.keys()])).toEqual(MESSAGES.map((text) => `message:${text}`));
  });

  test.each([1, 2, 3, 10, 99, 100])('when %i of them come in one packet', (count) => {
    const messages = Array.from({ length: count }, (_, index) => `MSH|^~\\&|${index}\r`);
    expect(cut(framed(...messages))).toEqual(messages.map((text) => `message:${text}`));
  });

  test('of a size above what a connection keeps, one after the other', () => {
    const large = `MSH|^~\\&|${'x'.repeat(200_000)}\r`;
    expect(cut(framed(large, 'MSH|2', large))).toEqual([`message:${large}`, 'message:MSH|2', `message:${large}`]);
  });

  test('and are not changed by what comes later', () => {
    const framer = new MllpFramer();
    const [first] = framer.push(framed('MSH|first'));
    framer.push(framed('MSH|second'));
    expect(shown(first ? [first] : [])).toEqual(['message:MSH|first']);
  });
});

describe('what senders do besides', () => {
  const [A = '', B = ''] = MESSAGES;

  test.each<[string, string, string[]]>([
    [
      'line ends between frames are passed over',
      `${VT}${A}${FS}\r\r\n\n${VT}${B}${FS}\r\n`,
      [`message:${A}`, `message:${B}`],
    ],
    ['a probe of a load balancer is dropped', `GET / HTTP/1.1\r\n\r\n${VT}${A}${FS}\r`, ['garbage:14', `message:${A}`]],
    ['bytes that never begin a frame are dropped', `${A}${FS}\r`, [`garbage:${bytes(A).length - 1}`]],
    ['an empty frame says nothing', `${VT}${FS}\r${VT}${A}${FS}\r`, [`message:${A}`]],
    ['the last 0x0D may be missing at the end', `${VT}${A}${FS}`, [`message:${A}`]],
    [
      'the last 0x0D may be missing before the next frame',
      `${VT}${A}${FS}${VT}${B}${FS}\r`,
      [`message:${A}`, `message:${B}`],
    ],
    ['a message without its own last 0x0D is whole', `${VT}MSH|x${FS}\r`, ['message:MSH|x']],
    ['0x1C inside is text', `${VT}MSH|a${FS}b${FS}${FS}c${FS}\r`, [`message:MSH|a${FS}b${FS}${FS}c`]],
    ['0x0B inside is text', `${VT}MSH|a${VT}b\rM${VT}SH${FS}\r`, [`message:MSH|a${VT}b\rM${VT}SH`]],
    [
      'a message given up half-way is dropped for the one that follows',
      `${VT}MSH|half${VT}${A}${FS}\r`,
      ['half-message:8', `message:${A}`],
    ],
    [
      'and so it is before an empty frame',
      `${VT}MSH|half${VT}${FS}\r${VT}${A}${FS}\r`,
      ['half-message:8', `message:${A}`],
    ],
    [
      'and before one with a mark of byte order',
      `${VT}MSH|half${VT}\ufeff${A}${FS}\r`,
      ['half-message:8', `message:\ufeff${A}`],
    ],
    ['a frame begun twice is one', `${VT}${VT}${A}${FS}\r`, [`message:${A}`]],
    ['a mark of byte order inside is kept', `${VT}\ufeff${A}${FS}\r`, [`message:\ufeff${A}`]],
    ['half a message at the end is dropped', `${VT}${A}${FS}\r${VT}MSH|half`, [`message:${A}`, 'half-message:8']],
  ])('%s', (_name, stream, expected) => {
    expect(cut(stream)).toEqual(expected);
    expect(cut(stream, [...bytes(stream).keys()])).toEqual(expected);
  });

  test('a message above the limit is dropped once, and the next one is found', () => {
    const stream = framed('MSH|'.padEnd(17, 'x'), 'MSH|'.padEnd(16, 'y'), 'MSH|'.padEnd(40, 'z'), 'MSH|end');
    const expected = ['too-large:16', `message:${'MSH|'.padEnd(16, 'y')}`, 'too-large:16', 'message:MSH|end'];
    expect(cut(stream, [], 16)).toEqual(expected);
    expect(cut(stream, [...stream.keys()], 16)).toEqual(expected);
  });

  test('without an end, memory stays within the limit', () => {
    const framer = new MllpFramer(1024);
    framer.push(bytes(VT));
    const before = process.memoryUsage().arrayBuffers;
    const frames = Array.from({ length: 20_000 }, () => framer.push(Buffer.alloc(1024, 'x'))).flat();
    expect(shown(frames)).toEqual(['too-large:1024']);
    expect(framer.inside).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('a message that lacks only its 0x0D', () => {
  test('is taken as whole when asked for, and a 0x0D that still comes is passed over', () => {
    const framer = new MllpFramer();
    expect(framer.push(bytes(`${VT}MSH|a${FS}`))).toEqual([]);
    expect(framer.awaitsEnd).toBe(true);
    expect(shown(framer.flush())).toEqual(['message:MSH|a']);
    expect(framer.awaitsEnd).toBe(false);
    expect(shown(framer.push(bytes(`\r${VT}MSH|b${FS}\r`)))).toEqual(['message:MSH|b']);
  });

  test('is not made of one that has no end at all', () => {
    const framer = new MllpFramer();
    framer.push(bytes(`${VT}MSH|a`));
    expect(framer.awaitsEnd).toBe(false);
    expect(framer.flush()).toEqual([]);
  });
});

/** Bytes in which the signs of framing are frequent. */
const noise = fc.array(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a, 0x41, 0x4d, 0x53, 0x48, 0xef, 0xbb, 0xbf), {
  maxLength: 60,
});

test('whatever the bytes are, how they are chunked makes no difference', () => {
  fc.assert(
    fc.property(
      noise,
      fc.array(fc.nat(60), { maxLength: 8 }),
      fc.constantFrom(undefined, 8),
      (all, places, bytesMax) => {
        const stream = Uint8Array.from(all);
        const cuts = places.filter((place) => place <= stream.length).toSorted((a, b) => a - b);
        expect(cut(stream, cuts, bytesMax)).toEqual(cut(stream, [], bytesMax));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('whatever texts are framed, the same texts come out, in order', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1 })
    .map((each) => `MSH${each.replaceAll(VT, ' ').replaceAll(FS, ' ')}`);
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), fc.array(fc.nat(500), { maxLength: 20 }), (texts, places) => {
      const stream = framed(...texts);
      const cuts = places.filter((place) => place <= stream.length).toSorted((a, b) => a - b);
      expect(cut(stream, cuts)).toEqual(texts.map((each) => `message:${bytes(each).toString()}`));
    }),
    { numRuns: 2_000 },
  );
});
