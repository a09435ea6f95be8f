/** The body of a request, read and parsed. */
import type { IncomingMessage } from 'node:http';
import { HubError } from '../domain/index.ts';
import { parseJson } from './json-text.ts';
import type { MediaType } from './operations.ts';
import { parsePairs } from './pairs.ts';

const BYTES_MAX = 1_048_576;
/** A refused body is still taken in up to here, so that the caller sees the refusal instead of a reset connection. */
const DISCARDED_BYTES_MAX = 16 * BYTES_MAX;

/** Bodies that somebody had to look into before the operation was known. */
const readBefore = new WeakMap<IncomingMessage, Buffer>();

/** Reads a form, and leaves it for readBody. Errors: as readBody. */
export async function lookIntoForm(request: IncomingMessage): Promise<URLSearchParams> {
  checkMediaType(request, 'application/x-www-form-urlencoded');
  const bytes = await readBytes(request);
  readBefore.set(request, bytes);
  return new URLSearchParams(bytes.toString('utf8'));
}

/** Errors: unsupported-media-type, payload-too-large, malformed-json, validation. */
export async function readBody(
  request: IncomingMessage,
  { mediaType, charactersMax }: { readonly mediaType: MediaType; readonly charactersMax?: number | undefined },
): Promise<unknown> {
  if (!hasBody(request)) {
    throw new HubError('validation', `This operation needs a body of type ${mediaType}; there is none.`, {
      errors: [{ pointer: '', detail: 'is required, and is missing' }],
    });
  }
  checkMediaType(request, mediaType);
  const bytes = readBefore.get(request) ?? (await readBytes(request));
  if (mediaType === 'application/json') return parseJson(bytes, charactersMax);
  return parsePairs(bytes.toString('latin1'), '');
}

export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

function checkMediaType(request: IncomingMessage, mediaType: MediaType): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const foreign = parameters.some(
    (each) => /^\s*charset\s*=/.test(each) && !/^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(each),
  );
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (type.trim() === mediaType && !foreign && encoding === 'identity') return;
  throw new HubError('unsupported-media-type', `Send the body as ${mediaType} in UTF-8, not compressed.`);
}

/** As it came; empty when there is none. Errors: unsupported-media-type, payload-too-large. */
export async function readRaw(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    request.resume();
    throw new HubError('unsupported-media-type', 'Send the body not compressed.');
  }
  return hasBody(request) ? readBytes(request, bytesMax) : Buffer.alloc(0);
}

function readBytes(request: IncomingMessage, bytesMax = BYTES_MAX): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  let refused = false;
  const refuse = (): void => {
    refused = true;
    chunks.length = 0;
    reject(new HubError('payload-too-large', `The body is larger than ${bytesMax} bytes. Send less.`));
  };
  if (Number(request.headers['content-length']) > bytesMax) refuse();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARDED_BYTES_MAX) request.destroy();
    else if (size > bytesMax && !refused) refuse();
    else if (!refused) chunks.push(chunk);
  });
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', () => reject(new HubError('malformed-json', 'The connection ended within the body.')));
  return promise;
}
