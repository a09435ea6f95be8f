/** One request to a webhook: to the address that was checked and no other, without following anything. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AddressRefused, checkTarget, type AddressRules, type Resolve } from './public-address.ts';

const TIMEOUT_MS = 15_000;
/** The hub has let go of it: it says nothing about the endpoint. */
export const STOPPED = 'hub-stopped';
const RETRY_AFTER_MAX_MS = 24 * 3600_000;

export interface Answer {
  /** Null: none came. */
  readonly status: number | null;
  /** Null: it is a success. */
  readonly errorCode: string | null;
  readonly durationMs: number;
  /** It asked to be left alone for so long. */
  readonly retryAfterMs: number | undefined;
}

export interface RequestOptions extends AddressRules {
  readonly timeoutMs?: number;
  /** Aborted when the hub stops. */
  readonly stopping?: AbortSignal;
  readonly resolve?: Resolve;
}

/** Never throws: what goes wrong is the answer. */
export async function postWebhook(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: RequestOptions,
): Promise<Answer> {
  const started = performance.now();
  const { stopping, timeoutMs = TIMEOUT_MS } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const over = stopping ? AbortSignal.any([deadline, stopping]) : deadline;
  const answered = (status: number | null, errorCode: string | null, retryAfterMs?: number): Answer => ({
    status,
    errorCode,
    durationMs: Math.round(performance.now() - started),
    retryAfterMs,
  });
  try {
    const response = await send(url, headers, body, options, over);
    const { statusCode: status = 0 } = response;
    return answered(status, errorOf(status), retryAfter(response.headers['retry-after']));
  } catch (error) {
    if (stopping?.aborted) return answered(null, STOPPED);
    return answered(null, deadline.aborted ? 'timeout' : codeOf(error));
  }
}

async function send(
  text: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<Pick<IncomingMessage, 'statusCode' | 'headers'>> {
  const target = checkTarget(text, options, options.resolve);
  // A resolver knows no deadline.
  const { url, address, family } = await Promise.race([target, aborted(signal)]);
  const { promise, resolve, reject } = Promise.withResolvers<Pick<IncomingMessage, 'statusCode' | 'headers'>>();
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // A connection that is kept could be another host's by now.
    agent: false,
    signal,
    // Not asked again: between the check and the call a name may have got another address.
    lookup: (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
  });
  request.once('response', (response) => {
    const { statusCode, headers: received } = response;
    resolve({ statusCode, headers: received });
    // Nobody reads what it says.
    response.destroy();
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  return promise;
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirect-not-followed' : `answered-${status}`;
}

function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}

/** Words of our own, or of the operating system: nothing that the endpoint could choose. */
function codeOf(error: unknown): string {
  if (error instanceof AddressRefused) return `address-${error.reason}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[A-Z0-9_]{3,60}$/.test(code) ? code.toLowerCase().replaceAll('_', '-') : 'connection-failed';
}
