/** The console at /: what scripts/build-web.mjs has built, as it was when the hub started. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Express, Request, Response } from 'express';
import { traceOf } from './trace.ts';

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  /** By the name of their Content-Encoding, the smallest first. */
  readonly packed: ReadonlyMap<string, Buffer>;
}

export interface WebApp {
  readonly index: string;
  /** By path, e.g. /assets/index-3f2a.js. */
  readonly assets: ReadonlyMap<string, Asset>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const ENCODINGS: readonly (readonly [encoding: string, suffix: string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];

/** Undefined when it is not built. */
export function openWebApp(directory: string): WebApp | undefined {
  const files = readTree(directory);
  const index = files.get('/index.html');
  if (!index) return undefined;
  const assets = new Map<string, Asset>();
  for (const [path, plain] of files) {
    const type = TYPES[extname(path)];
    if (type === undefined) continue;
    const packed = ENCODINGS.flatMap(([encoding, suffix]) => {
      const content = files.get(path + suffix);
      return content ? [[encoding, content] as const] : [];
    });
    assets.set(path, { type, plain, packed: new Map(packed) });
  }
  return { index: index.toString(), assets };
}

function readTree(directory: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  try {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.set(file.slice(directory.length).replaceAll('\\', '/'), readFileSync(file));
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return files;
}

/**
 * Everything comes from here, and scripts from files only. The kit makes style elements while it runs: those carry the nonce, which is
 * another one in each answer. (Styles that scripts set on an element are not the policy's concern.)
 */
const policyOf = (nonce: string): string =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; ` +
  `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** `isOfApi`: paths that the console has none of, so that a mistaken one is told so. */
export function serveWebApp(app: Express, { index, assets }: WebApp, isOfApi: (path: string) => boolean): void {
  app.use((request, response, next) => {
    const asset = assets.get(request.path);
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (asset) return sendAsset(request, response, asset);
    // The console's own addresses: its script knows which there are. A program that asks for anything else is not answered with a page.
    const isPage = request.headers.accept?.includes('text/html') ?? false;
    if (isOfApi(request.path) || !(isPage || request.path === '/')) return next();
    traceOf(response).route = '/';
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('Content-Security-Policy', policyOf(nonce));
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(index.replaceAll('__NONCE__', nonce));
  });
}

function sendAsset(request: Request, response: Response, { type, plain, packed }: Asset): void {
  traceOf(response).route = '/assets';
  const accepted = [...packed].find(([encoding]) => request.acceptsEncodings(encoding) !== false);
  response.setHeader('Content-Type', type);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.path.startsWith('/assets/')) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  if (accepted) response.setHeader('Content-Encoding', accepted[0]);
  response.send(accepted?.[1] ?? plain);
}
