import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createHttpServer, type HttpLimits } from '../../../src/api/http-server.ts';
import { startStubApi } from './stub-api.ts';

interface Listening extends AsyncDisposable {
  /** Writes `pieces`, one each `everyMs`, until the server has had enough; resolves to all that it answered once it has closed. */
  write(pieces: readonly string[], everyMs?: number): Promise<string>;
}

async function listening(limits: Partial<HttpLimits>): Promise<Listening> {
  const server = createHttpServer((request, response) => {
    request.resume().once('end', () => response.end('read'));
  }, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    async write(pieces, everyMs = 0) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      let answer = '';
      socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const waiting = [...pieces];
      const timer = setInterval(() => {
        const next = waiting.shift();
        if (next !== undefined && socket.writable) socket.write(next);
      }, everyMs);
      await closed;
      clearInterval(timer);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const QUICK = { headersMs: 150, requestMs: 300, lookMs: 20 };
const START = 'POST / HTTP/1.1\r\nHost: a\r\n';
const drip = (text: string): string[] => Array.from({ length: 2_000 }, () => text);

test('headers that never come to an end, however often one comes, are answered 408 and cut off', async () => {
  await using server = await listening(QUICK);
  expect(await server.write([START, ...drip('X: y\r\n')], 5)).toMatch(/^HTTP\/1\.1 408 /);
});

test('a body that never comes to an end is cut off, too', async () => {
  await using server = await listening(QUICK);
  const answer = await server.write([`${START}Content-Length: 100000\r\n\r\n`, ...drip('a')], 5);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('who says nothing at all is cut off', async () => {
  await using server = await listening(QUICK);
  expect(await server.write([])).toMatch(/^(HTTP\/1\.1 408 |$)/);
});

test('headers of more than 16 KB are answered 431 and cut off', async () => {
  await using server = await listening({});
  expect(await server.write([`${START}X: ${'y'.repeat(20_000)}\r\n\r\n`])).toMatch(/^HTTP\/1\.1 431 /);
});

test.each([
  ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
  ['a length beside chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'Content-Length : 4\r\n\r\nabcd'],
  ['a folded header', 'X: a\r\n b: c\r\n\r\n'],
  ['a line feed alone', 'X: a\nY: b\r\n\r\n'],
])('what two servers could read differently is answered 400 and cut off: %s', async (_, rest) => {
  await using server = await listening({});
  expect(await server.write([START + rest])).toMatch(/^HTTP\/1\.1 400 /);
});

test('a request without Host is refused', async () => {
  await using server = await listening({});
  expect(await server.write(['GET / HTTP/1.1\r\nConnection: close\r\n\r\n'])).toMatch(/^HTTP\/1\.1 400 /);
});

test('more connections than there may be are closed at once', async () => {
  await using server = await listening({ connectionsMax: 1, headersMs: 300, lookMs: 20 });
  const first = server.write([START]);
  const second = await server.write([START]);
  expect(second).toBe('');
  expect(await first).toMatch(/^HTTP\/1\.1 408 /);
});

test('a URL of more than 8 KB is uri-too-long, and one of 8 KB is looked at', async () => {
  await using api = await startStubApi();
  const long = await api.send('GET', `/v1/patients/${'a'.repeat(8_192)}`);
  expect([long.status, long.body.type]).toEqual([414, 'https://tessera.dev/problems/uri-too-long']);
  expect((await api.send('GET', `/${'a'.repeat(8_191)}`)).status).toBe(404);
});

test('more than a hundred headers are headers-too-many', async () => {
  await using api = await startStubApi();
  const headers = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-${n}`, 'y']));
  const answer = await api.send('GET', '/livez', { headers });
  expect([answer.status, answer.body.type]).toEqual([431, 'https://tessera.dev/problems/headers-too-many']);
});
