/** `node test/bench/limits/mllp-peer.ts <simple-hl7 | medplum>`: a server that answers AA to everything and keeps nothing; prints its port. */
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

interface SimpleHl7 {
  tcp(): {
    use(handler: (request: unknown, response: { end(): void }) => void): void;
    start(port: number): void;
  };
}

const PEERS: Readonly<Record<string, (port: number) => Promise<void>>> = {
  'simple-hl7': (port) => {
    const { tcp } = createRequire(import.meta.url)('simple-hl7') as SimpleHl7;
    const app = tcp();
    app.use((_, response) => response.end());
    app.start(port);
    return Promise.resolve();
  },
  medplum: async (port) => {
    const { Hl7Server } = await import('@medplum/hl7');
    const server = new Hl7Server((connection) => {
      connection.addEventListener('message', (event: { readonly message: { buildAck(): never } }) =>
        connection.send(event.message.buildAck()),
      );
    });
    await server.start(port);
  },
};

const peer = PEERS[process.argv[2] ?? ''];
if (!peer) throw new Error(`expected one of ${Object.keys(PEERS).join(', ')}`);
const port = await freePort();
await peer(port);
process.stdout.write(`${port}\n`);
