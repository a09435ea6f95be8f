/** Callers are taken quickly although the event loop is slow, on a port that belongs to one hub. */
import { createServer } from 'node:http';
import { connect, createServer as createListener, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { openPort, type OpenPort } from '../../../src/api/listening-sockets.ts';

const HOST = '127.0.0.1';
const opened: OpenPort[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const each of opened.splice(0)) await each.close();
});

async function serve({ port = 0, connectionsMax = 1_000 } = {}) {
  const server = createServer((_request, response) => response.end('here'));
  server.maxConnections = connectionsMax;
  const open = await openPort(server, port, HOST);
  opened.push(open);
  return { ...open, server };
}

/** So many connections whose other end the kernel has taken: whether the server has seen them is another matter. */
async function callers(port: number, count: number): Promise<readonly Socket[]> {
  const made = Array.from({ length: count }, () => connect(port, HOST).on('error', () => {}));
  sockets.push(...made);
  await Promise.all(made.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  return made;
}

const ask = (port: number): Promise<string> => fetch(`http://${HOST}:${port}/`).then((response) => response.text());

test('in a turn of the event loop several callers are taken', async () => {
  const { port, server } = await serve();
  const taken: Socket[] = [];
  server.on('connection', (socket: Socket) => taken.push(socket));
  // In this process, too, they are connected before a turn of the loop has taken the first of them.
  const calling = callers(port, 128);
  let turns = 0;
  for (; taken.length < 128 && turns < 1_000; turns += 1) await turn();
  await calling;
  expect(taken).toHaveLength(128);
  expect(turns).toBeLessThan(process.platform === 'linux' ? 64 : 1_000);
});

test('whoever calls is answered, whichever socket has taken the call', async () => {
  const { port } = await serve();
  expect(await Promise.all(Array.from({ length: 64 }, () => ask(port)))).toEqual(
    Array.from({ length: 64 }, () => 'here'),
  );
});

test('two hubs share no port', async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await ask(port)).toBe('here');
});

(process.platform === 'linux' ? test : test.skip)(
  'nor do two that begin at the same moment, before either listens',
  async () => {
    const { port } = await serve();
    await opened.pop()?.close();
    const other = createListener();
    await new Promise<void>((resolve) => void other.listen({ path: `\0tessera ${HOST} ${port}` }, resolve));
    const second = serve({ port });
    await expect(second.finally(() => other.close())).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await serve({ port });
    expect(await ask(port)).toBe('here');
  },
);

test('of all sockets together no more connections are open than may be', async () => {
  const { port, server } = await serve({ connectionsMax: 20 });
  const made = await callers(port, 60);
  const closed: Socket[] = [];
  for (const socket of made) socket.resume().once('close', () => closed.push(socket));
  for (const endsAt = Date.now() + 5_000; closed.length < 40 && Date.now() < endsAt;) await turn();
  const own = await new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
  expect(own).toBeLessThanOrEqual(20);
  expect(closed).toHaveLength(40);
});

test('closed, it lets nobody in, and the port is free', async () => {
  const { port } = await serve();
  await ask(port);
  await opened.pop()?.close();
  await expect(ask(port)).rejects.toThrow('fetch failed');
  await serve({ port });
  expect(await ask(port)).toBe('here');
}, 20_000);
