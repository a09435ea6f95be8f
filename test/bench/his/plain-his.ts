/**
 * `node test/bench/his/plain-his.ts`: a HIS that does next to nothing, so that what is measured is the hub: FHIR R4 as the adapter
 * cerner speaks it, every booking made, every question answered at once or after a set time. Told by its parent over IPC.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HisBooking, HisOrder } from './his-process.ts';

let delayMs = 0;
let made = 0;
let bookings = new Map<string, HisBooking>();
const sockets = new Set<Socket>();

const clock = (): number => performance.timeOrigin + performance.now();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = clock();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '' } = request;
  if (url.startsWith('/token')) return send(response, 200, { access_token: 'bench', expires_in: 36_000 });
  if (delayMs > 0) await delay(delayMs);
  if (method === 'POST') return create(response, url, Buffer.concat(chunks).toString(), at);
  const id = /^\/r4\/Appointment\/([\w-]+)$/.exec(url)?.[1];
  if (id === undefined) return send(response, 200, { resourceType: 'Bundle', type: 'searchset', total: 0 });
  send(response, 200, { resourceType: 'Appointment', id, meta: { versionId: '1' }, status: 'booked' });
  const booking = bookings.get(id);
  if (booking) booking.ownMs += clock() - at;
}

function create(response: ServerResponse, url: string, body: string, at: number): void {
  const id = `bench-${(made += 1)}`;
  const type = url.split('/').at(-1) ?? '';
  response.writeHead(201, { location: `http://${response.req.headers.host}/r4/${type}/${id}`, etag: 'W/"1"' }).end();
  const transactionId = /hub:([0-9a-f-]{36})/.exec(body)?.[1];
  if (transactionId !== undefined) bookings.set(id, { transactionId, arrivedAt: at, ownMs: clock() - at });
}

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
};

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
let port = 0;
const open = (): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));

async function obey(order: HisOrder): Promise<readonly HisBooking[]> {
  if (order.kind === 'take') {
    const taken = [...bookings.values()];
    bookings = new Map();
    return taken;
  }
  if (order.kind === 'slow') delayMs = order.delayMs;
  else if (order.kind === 'up') await open();
  else {
    const closed = new Promise((resolve) => void server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return [];
}

process.on('message', async (order: HisOrder) => {
  const done = await obey(order);
  process.send?.(done);
});
process.on('disconnect', () => process.exit());
await open();
port = (server.address() as AddressInfo).port;
process.send?.(port);
