import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApi } from '../../../src/api/server.ts';
import { openWebApp } from '../../../src/api/web-app.ts';
import { authenticate, contracts, echoHandlers } from './stub-api.ts';

const SCRIPT = 'console.log("the console");'.repeat(100);
let server: Server;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'web-app-'));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<script nonce="__NONCE__"></script><meta nonce="__NONCE__">');
  writeFileSync(join(directory, 'built-from'), 'not for everybody');
  const script = join(directory, 'assets/index-1.js');
  writeFileSync(script, SCRIPT);
  writeFileSync(`${script}.br`, brotliCompressSync(SCRIPT));
  writeFileSync(`${script}.gz`, gzipSync(SCRIPT));
  const web = openWebApp(directory);
  if (!web) throw new Error('the console was not found');
  const app = createApi({
    contracts,
    handlers: echoHandlers,
    authenticate,
    isAtLocations: async () => true,
    recordRequest: () => {},
    isUnavailable: () => false,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    now: () => new Date(),
    web,
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
  rmSync(directory, { recursive: true });
});

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Neither decodes, nor adds headers of its own. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
  return { status: response.statusCode, headers: response.headers, body };
}

const HTML = { accept: 'text/html,application/xhtml+xml' };

test('each page has a nonce of its own, and a policy that lets in nothing else', async () => {
  const [one, other] = await Promise.all([get('/', HTML), get('/transactions/17?state=failed', HTML)]);
  const nonces = [one, other].map(({ status, headers, body }) => {
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(body.toString()) ?? [];
    expect(body.toString()).toBe(`<script nonce="${nonce}"></script><meta nonce="${nonce}">`);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*/);
    return nonce;
  });
  expect(new Set(nonces).size).toBe(2);
});

test('a file comes packed as small as its reader takes it, for good', async () => {
  const path = '/assets/index-1.js';
  const [brotli, gzip, plain] = await Promise.all([
    get(path, { 'accept-encoding': 'gzip, br' }),
    get(path, { 'accept-encoding': 'gzip' }),
    get(path),
  ]);
  expect([brotli, gzip, plain].map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip', undefined]);
  expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT);
  expect(plain.body.toString()).toBe(SCRIPT);
  for (const { headers } of [brotli, gzip, plain]) {
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    });
  }
});

test('whatever is not a page is told that it is not there, as ever', async () => {
  for (const [path, headers, method] of [
    ['/nothing', {}, 'GET'],
    ['/nothing', HTML, 'POST'],
    ['/v1/nothing', HTML, 'GET'],
    ['/docs/nothing', HTML, 'GET'],
    ['/assets/nothing.js', {}, 'GET'],
    ['/built-from', {}, 'GET'],
    ['/assets/../built-from', {}, 'GET'],
  ] as const) {
    const answer = await get(path, headers, method);
    expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 404, 'application/problem+json']);
  }
});

test('a hub whose console is not built has none', () => {
  expect(openWebApp(join(directory, 'assets'))).toBeUndefined();
  expect(openWebApp(join(directory, 'nowhere'))).toBeUndefined();
});
