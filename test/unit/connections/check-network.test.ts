import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Endpoint } from '../../../src/connections/check-endpoints.ts';
import { encrypt, reach, resolve } from '../../../src/connections/check-network.ts';
import { selfSigned, type Certified } from './certificate.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const tlsServer = (certified: Certified): Promise<number> =>
  listen(createTlsServer(certified, (socket) => socket.end()).on('tlsClientError', () => {}));

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

async function resolvedOf(endpoint: Partial<Endpoint> & { port: number }) {
  const { resolved } = await resolve([{ host: '127.0.0.1', tls: false, ...endpoint }], soon());
  return resolved;
}

describe('a name', () => {
  test('that nobody knows fails, and says what to do', async () => {
    const verdict = await resolve([{ host: 'his.invalid', port: 443, tls: true }], soon());
    expect(verdict).toMatchObject({
      ok: false,
      resolved: [],
      detail: expect.stringMatching(/^his\.invalid:443 (has no address|could not be resolved)/),
      remedy: expect.stringMatching(/name server/),
    });
  });

  test('that is an address needs no resolving, and localhost has one', async () => {
    expect(await resolve([{ host: '127.0.0.1', port: 80, tls: false }], soon())).toMatchObject({
      ok: true,
      skipped: true,
    });
    const verdict = await resolve([{ host: 'localhost', port: 80, tls: false }], soon());
    expect(verdict).toMatchObject({ ok: true, skipped: false, detail: expect.stringMatching(/^localhost is /) });
  });

  test.each([
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s is no HIS: nothing is sent there', async (host) => {
    const verdict = await resolve([{ host, port: 80, tls: false }], soon());
    expect(verdict).toMatchObject({ ok: false, resolved: [], detail: expect.stringContaining('no address of a HIS') });
  });

  test.each(['10.1.2.3', '172.16.0.9', '192.168.1.1', '100.64.0.1', 'fd12::1'])(
    'private addresses such as %s are where hospitals are',
    async (host) => {
      expect(await resolve([{ host, port: 80, tls: false }], soon())).toMatchObject({ ok: true });
    },
  );
});

describe('a port', () => {
  test('that listens answers; several hosts are one step, and one that fails fails it', async () => {
    const open = await resolvedOf({ port: await listen(createServer((socket) => socket.end())) });
    expect(await reach(open, soon())).toMatchObject({
      ok: true,
      skipped: false,
      detail: expect.stringContaining('answers'),
    });
    const gone = createServer();
    const closed = await resolvedOf({ port: await listen(gone) });
    gone.close();
    expect(await reach([...open, ...closed], soon())).toMatchObject({
      ok: false,
      detail: `127.0.0.1:${closed[0]?.port} refuses connections`,
      remedy: expect.stringContaining('firewall'),
    });
  });
});

describe('encryption', () => {
  test('by a certificate that the machine does not trust fails, and says how to trust it', async () => {
    const endpoints = await resolvedOf({ port: await tlsServer(selfSigned()), tls: true });
    expect(await encrypt(endpoints, soon())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/signed itself|not known here/),
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  test('by a certificate of an authority that the connection names is good, and its end is told', async () => {
    const certified = selfSigned({ days: 200 });
    const endpoints = await resolvedOf({ port: await tlsServer(certified), tls: true });
    const verdict = await encrypt(endpoints, soon(), { ca: certified.cert });
    expect(verdict).toMatchObject({
      ok: true,
      skipped: false,
      detail: expect.stringMatching(/TLSv1\.3.*for (199|200) days/),
    });
    expect(verdict.remedy).toBeUndefined();
  });

  test('is warned of when its certificate ends within a month', async () => {
    const certified = selfSigned({ days: 20 });
    const endpoints = await resolvedOf({ port: await tlsServer(certified), tls: true });
    expect(await encrypt(endpoints, soon(), { ca: certified.cert })).toMatchObject({
      ok: true,
      remedy: expect.stringContaining('renew'),
    });
  });

  test('by a certificate that has ended fails', async () => {
    const certified = selfSigned({ days: -1 });
    const endpoints = await resolvedOf({ port: await tlsServer(certified), tls: true });
    expect(await encrypt(endpoints, soon(), { ca: certified.cert })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('has ended'),
    });
  });

  test('by a certificate for another name fails', async () => {
    const certified = selfSigned({ name: 'other.example.org' });
    const port = await tlsServer(certified);
    const endpoints = await resolvedOf({ port, tls: true, serverName: 'his.example.org' });
    expect(await encrypt(endpoints, soon(), { ca: certified.cert })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('another name'),
    });
    const named = await resolvedOf({ port, tls: true, serverName: 'other.example.org' });
    expect(await encrypt(named, soon(), { ca: certified.cert })).toMatchObject({ ok: true });
  });

  test('is not tried with certificates that cannot be read, and says which secrets those are', async () => {
    const endpoints = await resolvedOf({ port: await tlsServer(selfSigned()), tls: true });
    expect(await encrypt(endpoints, soon(), { cert: 'x', key: 'y' })).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('tlsKey'),
    });
  });

  test('with a port that does not speak TLS fails', async () => {
    const port = await listen(
      createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    );
    expect(await encrypt(await resolvedOf({ port, tls: true }), soon())).toMatchObject({
      ok: false,
      remedy: expect.any(String),
    });
  });

  test('with a port that never says a word ends with the check', async () => {
    const port = await listen(createServer((socket) => socket.resume()));
    expect(await encrypt(await resolvedOf({ port, tls: true }), AbortSignal.timeout(100))).toMatchObject({
      ok: false,
      detail: expect.stringContaining('does not answer in time'),
    });
  });

  test('that is not there is said, not failed: on this machine without a warning, elsewhere with one', async () => {
    expect(await encrypt(await resolvedOf({ port: 80 }), soon())).toMatchObject({ ok: true, skipped: true });
    const verdict = await encrypt(await resolvedOf({ host: '10.1.2.3', port: 80 }), soon());
    expect(verdict).toMatchObject({ ok: true, skipped: true, remedy: expect.stringContaining('https') });
  });
});
