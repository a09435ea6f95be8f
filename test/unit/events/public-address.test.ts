/** What a webhook must never reach (OWASP API7, reliability row S6). */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AddressRefused, checkTarget, type Resolve } from '../../../src/events/public-address.ts';
import { postWebhook } from '../../../src/events/webhook-request.ts';

const never: Resolve = () => Promise.reject(new Error('no name is resolved here'));
const to =
  (...addresses: string[]): Resolve =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

async function refusal(url: string, resolve: Resolve = never, allowLoopback = false): Promise<string> {
  try {
    await checkTarget(url, { allowLoopback }, resolve);
    return 'allowed';
  } catch (error) {
    if (error instanceof AddressRefused) return error.reason;
    throw error;
  }
}

const NOT_PUBLIC = [
  // Loopback, in every notation that the URL standard knows.
  'https://127.0.0.1/',
  'https://127.0.0.1:8080/admin',
  'https://127.1/',
  'https://127.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0x0.0x0.0x1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.255.255.254/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127.0.0.1./',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[0000::0001]:9000/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:7f00:0001]/',
  'https://[::127.0.0.1]/',
  'https://[::7f00:1]/',
  // This host, any host.
  'https://0.0.0.0/',
  'https://0/',
  'https://0.1.2.3/',
  'https://[::]/',
  'https://[::ffff:0.0.0.0]/',
  // Private networks.
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://167772161/',
  'https://0xa000001/',
  'https://012.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://192.168.1.254:8443/',
  'https://3232235777/',
  'https://0xc0.0xa8.0x01.0x01/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:c0a8:101]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fdff:ffff::1]/',
  'https://[fec0::1]/',
  // Link-local: the credentials of cloud machines.
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.170.2/v2/credentials',
  'https://2852039166/',
  'https://0xa9fea9fe/',
  'https://0xa9.0xfe.0xa9.0xfe/',
  'https://0251.0376.0251.0376/',
  'https://[::ffff:169.254.169.254]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[fe80::1]/',
  'https://[febf::1]/',
  // Addresses that carry another one: NAT64, 6to4, Teredo.
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b::10.0.0.1]/',
  'https://[64:ff9b:1::1]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:a9fe:a9fe::1]/',
  'https://[2001:0:4136:e378::1]/',
  // Shared, benchmark, documentation, multicast, broadcast, reserved.
  'https://100.64.0.1/',
  'https://100.100.100.200/',
  'https://100.127.255.255/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://192.88.99.1/',
  'https://198.18.0.1/',
  'https://198.19.255.255/',
  'https://198.51.100.7/',
  'https://203.0.113.9/',
  'https://224.0.0.1/',
  'https://239.255.255.250/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://4294967295/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[100::1]/',
];

test('there are 60 and more of them', () => {
  expect(new Set(NOT_PUBLIC).size).toBeGreaterThanOrEqual(60);
});

test.each(NOT_PUBLIC)('%s is refused', async (url) => {
  expect(await refusal(url)).toBe('not-public');
});

test.each([
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'ftp://example.com/',
  'data:text/plain,x',
  'javascript:alert(1)',
  'unix:///var/run/docker.sock',
  'https://',
  'https://[::1',
  'https://1.2.3.4.5.6.7.8.256/',
  '//example.com/hook',
  'not a url',
  '',
])('"%s" is no URL of a webhook', async (url) => {
  expect(await refusal(url, to('93.184.215.14'))).toBe('no-url');
});

describe('a name', () => {
  test.each([
    ['10.1.2.3'],
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:192.168.1.1'],
    ['169.254.169.254'],
    ['fe80::1%eth0'],
    ['93.184.215.14', '10.0.0.1'],
    ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::1'],
  ])('that resolves to %s (%s) is refused', async (...addresses) => {
    expect(await refusal('https://hook.example/', to(...addresses.filter((each) => each !== undefined)))).toBe(
      'not-public',
    );
  });

  test('that resolves to nothing is refused', async () => {
    expect(await refusal('https://hook.example/', to())).toBe('unresolved');
    expect(await refusal('https://hook.example/', never)).toBe('unresolved');
  });

  test.each(['https://localhost/', 'https://localhost.:443/', 'https://LOCALHOST/'])(
    '%s is this machine',
    async (url) => {
      expect(await refusal(url, to('127.0.0.1', '::1'))).toBe('not-public');
    },
  );
});

test('user and password in the URL are refused, and so is http', async () => {
  expect(await refusal('https://user:secret@example.com/', to('93.184.215.14'))).toBe('credentials-in-url');
  expect(await refusal('https://example.com@127.0.0.1/', to('93.184.215.14'))).toBe('credentials-in-url');
  expect(await refusal('http://example.com/', to('93.184.215.14'))).toBe('not-https');
});

test.each([
  ['https://example.com/hook', to('93.184.215.14')],
  ['https://93.184.215.14/', never],
  ['https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/', never],
  ['https://172.32.0.1/', never],
  ['https://100.128.0.1/', never],
])('%s is public, and allowed', async (url, resolve) => {
  expect(await refusal(url, resolve)).toBe('allowed');
});

test('with the setting for development this machine is allowed, and nothing else that is not public', async () => {
  expect(await refusal('http://127.0.0.1:9000/', never, true)).toBe('allowed');
  expect(await refusal('http://[::1]:9000/', never, true)).toBe('allowed');
  expect(await refusal('http://localhost/', to('127.0.0.1', '::1'), true)).toBe('allowed');
  for (const url of NOT_PUBLIC.filter(
    (each) => !/127|7f0000|7f00:|0x7f|0177|213070|①|::1\]|0:0:1\]|0000::0001/.test(each),
  ))
    expect([url, await refusal(url, never, true)]).toEqual([url, 'not-public']);
  expect(await refusal('https://hook.example/', to('127.0.0.1', '10.0.0.1'), true)).toBe('not-public');
});

describe('a request', () => {
  const reached: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    reached.push(request.headers.host ?? '');
    response.writeHead(status, { Location: 'http://127.0.0.1:1/elsewhere' }).end('x'.repeat(100_000));
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => void server.close());
  const post = (host: string, resolve: Resolve, allowLoopback: boolean) =>
    postWebhook(`http://${host}:${port}/`, {}, '{}', { allowLoopback, resolve, timeoutMs: 2_000 });

  test('goes to the address that was checked: a name that is asked again answers otherwise, and is not asked (DNS rebinding)', async () => {
    let asked = 0;
    const rebinding: Resolve = () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    };
    expect(await post('rebind.example', rebinding, true)).toMatchObject({ status: 200, errorCode: null });
    expect(asked).toBe(1);
    expect(reached).toEqual([`rebind.example:${port}`]);
    // The next delivery checks anew.
    expect(await post('rebind.example', rebinding, true)).toMatchObject({
      status: null,
      errorCode: 'address-not-public',
    });
    expect(reached).toHaveLength(1);
  });

  test('reaches nothing on this machine without the setting', async () => {
    const before = reached.length;
    expect(await post('inside.example', to('127.0.0.1'), false)).toMatchObject({ errorCode: 'address-not-public' });
    expect(await post('127.0.0.1', never, false)).toMatchObject({ errorCode: 'address-not-public' });
    expect(reached).toHaveLength(before);
  });

  test.each([301, 302, 303, 307, 308])('follows no redirect: %i is a failure', async (redirect) => {
    status = redirect;
    const before = reached.length;
    expect(await post('hook.example', to('127.0.0.1'), true)).toMatchObject({
      status: redirect,
      errorCode: 'redirect-not-followed',
    });
    expect(reached).toHaveLength(before + 1);
  });

  test('ends when the endpoint, or the resolver, says nothing', async () => {
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port: silentPort } = silent.address() as AddressInfo;
    const options = { allowLoopback: true, timeoutMs: 200 };
    expect(await postWebhook(`http://127.0.0.1:${silentPort}/`, {}, '{}', options)).toMatchObject({
      errorCode: 'timeout',
    });
    const pending: Resolve = () => new Promise(() => {});
    expect(await postWebhook('https://hook.example/', {}, '{}', { ...options, resolve: pending })).toMatchObject({
      errorCode: 'timeout',
    });
    silent.closeAllConnections();
    silent.close();
  });
});
