/** An answer that goes on: written no faster than it is read, and given up when it is not read at all. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiReply } from './operation.ts';

/** So long the reader may take for one piece. Nothing but that piece is kept for it. */
const STALLED_MS = 10_000;

export async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers }: ApiReply,
  stream: AsyncIterable<string>,
): Promise<void> {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  try {
    for await (const piece of stream) {
      if (response.destroyed) return;
      if (response.write(piece) || (await drained(response))) continue;
      response.destroy();
      return;
    }
    response.end();
  } catch {
    // The answer has begun: all that can still be said is that it ends. Its reader comes again.
    response.destroy();
  }
}

async function drained(response: ServerResponse): Promise<boolean> {
  const over = new AbortController();
  const done = Promise.withResolvers<boolean>();
  const settle = (): void => done.resolve(!response.destroyed);
  response.once('drain', settle).once('close', settle);
  void delay(STALLED_MS, undefined, { signal: over.signal }).then(
    () => done.resolve(false),
    () => {},
  );
  try {
    return await done.promise;
  } finally {
    over.abort();
    response.off('drain', settle).off('close', settle);
  }
}
