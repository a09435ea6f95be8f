/** Where the simulator posts during a behaviour: what came is kept, and answered 200. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Pushed } from '../adapter-kit/index.ts';

export interface PushEar {
  readonly url: string;
  readonly heard: readonly Pushed[];
  close(): Promise<void>;
}

export async function openPushEar(secret: string): Promise<PushEar> {
  const heard: Pushed[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const isKnown = request.headers.authorization === `Bearer ${secret}`;
      if (isKnown) heard.push({ contentType: request.headers['content-type'], body });
      response.writeHead(isKnown ? 200 : 401).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the ear has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    heard,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
