/** An endpoint that webhooks are sent to, on loopback, which answers as it is told. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedHook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The event of the body. */
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly sequence: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

export type Reaction = number | 'silence' | { readonly status: number; readonly headers: Record<string, string> };

export class WebhookReceiver {
  readonly received: ReceivedHook[] = [];
  /** By path; 200 where nothing is said. */
  readonly reactions = new Map<string, Reaction | ((hook: ReceivedHook) => Reaction)>();
  url = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const path = request.url ?? '';
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const hook: ReceivedHook = { path, headers, body, event: JSON.parse(body) as ReceivedHook['event'] };
        this.received.push(hook);
        const told = this.reactions.get(path) ?? 200;
        const reaction = typeof told === 'function' ? told(hook) : told;
        if (reaction === 'silence') return;
        if (typeof reaction === 'number') response.writeHead(reaction).end();
        else response.writeHead(reaction.status, reaction.headers).end();
      });
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  at(path: string): readonly ReceivedHook[] {
    return this.received.filter((each) => each.path === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
