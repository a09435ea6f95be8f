/** A HIS, or whatever answers in its place, that means harm: nothing crashes, nothing is booked, no credential goes elsewhere. */
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf } from '../bench.ts';
import type { Play } from '../interposer.ts';
import { must, mustBeOneOf, Unmet } from '../must.ts';
import { survive } from '../survive.ts';

const HUGE_BYTES = 50_000_000;
const DRIP_MS = 40;
const SHORT_MS = 2_000;
const LATE_MS_MAX = 250;

const JSON_TYPE = { 'content-type': 'application/fhir+json; charset=utf-8' };

/** Until the client has enough of it. */
function pour(response: ServerResponse, chunk: Buffer, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.byteLength;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

let bomb: Buffer | undefined;
/** Made when it is first thrown: it takes half a second. */
const theBomb = (): Buffer => (bomb ??= gzipSync(Buffer.alloc(HUGE_BYTES, 0x20)));

/** What a write gets for an answer. */
const HOSTILE: readonly {
  readonly id: string;
  readonly title: string;
  readonly play: Play;
  readonly deadlineMs?: number;
  /** It is measured when it ends. */
  readonly alone?: true;
}[] = [
  {
    id: '50-megabytes',
    title: 'an answer of 50 MB',
    play: { http: (response) => pour(response.writeHead(200, JSON_TYPE), Buffer.alloc(65_536, 0x5b), HUGE_BYTES) },
  },
  {
    id: 'gzip-bomb',
    title: 'an answer of 50 KB that unpacks to 50 MB',
    play: { http: (response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(theBomb()) },
  },
  {
    id: 'slow-loris',
    title: 'an answer that comes byte by byte and never ends',
    deadlineMs: SHORT_MS,
    alone: true,
    play: {
      http: (response) => {
        response.writeHead(200, JSON_TYPE);
        const drip = setInterval(() => response.write(' '), DRIP_MS);
        response.on('close', () => clearInterval(drip));
      },
    },
  },
  {
    id: 'wrong-charset',
    title: 'an answer in bytes that its charset does not allow',
    play: {
      http: (response) =>
        response
          .writeHead(200, { 'content-type': 'application/fhir+json; charset=utf-16' })
          .end(Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x7b, 0x22, 0xc3, 0x28, 0x80])),
    },
  },
  { id: 'empty', title: 'an empty answer with status 200', play: { words: { status: 200, headers: JSON_TYPE } } },
  {
    id: 'other-document',
    title: 'a well-formed answer that is about something else',
    play: { words: { status: 200, headers: JSON_TYPE, body: '{"hello":["world"],"__proto__":{"booked":true}}' } },
  },
  {
    id: 'not-http',
    title: 'bytes that are not HTTP',
    play: { tcp: (socket) => socket.end('220 mail.example ESMTP\r\n') },
  },
  {
    id: 'header-flood',
    title: 'an answer with a megabyte of headers',
    play: {
      tcp: (socket) => {
        const header = `x-filler: ${'a'.repeat(8_000)}\r\n`;
        socket.end(`HTTP/1.1 200 OK\r\n${header.repeat(128)}\r\n{}`);
      },
    },
  },
];

const replies: readonly Behaviour[] = HOSTILE.map(({ id, title, play, deadlineMs, alone }) => ({
  id: `hostile-${id}`,
  title: `${title}: not a booking, no crash, and the next booking works`,
  needs: ['HTTP'],
  ...(alone ? { alone } : {}),
  async run(bench) {
    const { outcome, lateMs } = await survive(bench, play, deadlineMs);
    mustBeOneOf(outcome.class, ['unknown', 'uncategorised'], `the class of the outcome (${wordsOf(outcome)})`);
    if (alone) must((lateMs ?? 0) <= LATE_MS_MAX, `the call ended ${Math.round(lateMs ?? 0)} ms after its deadline`);
  },
}));

export const hostileHttp: readonly Behaviour[] = [
  ...replies,
  {
    id: 'hostile-redirect',
    title: 'a redirect to elsewhere is not followed: no request, and no credential, reaches the other origin',
    needs: ['HTTP'],
    async run(bench) {
      let visits = 0;
      const trap = createServer((_, response) => {
        visits += 1;
        response.end('{}');
      });
      await new Promise<void>((resolve) => void trap.listen(0, '127.0.0.1', resolve));
      try {
        const address = trap.address();
        if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
        const location = `http://127.0.0.1:${address.port}/stolen`;
        const made = await survive(bench, { words: { status: 307, headers: { location } } });
        mustBeOneOf(made.outcome.class, ['unknown', 'uncategorised', 'invalid'], 'the class of the outcome');
        const reading = await bench.interposed(() => ({ words: { status: 302, headers: { location } } }));
        const { transactionId } = made;
        await bench.book(await bench.booking(), { at: reading, transactionId });
        if (visits > 0) throw new Unmet(`${visits} requests went to another origin than the connection's own`);
      } finally {
        trap.closeAllConnections();
        trap.close();
      }
    },
  },
];
