/** What all the engines that tests start have in common. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Throws when CI is set, where a skipped test is nobody's. */
export function skipLoudly(engine: string, reason: string): undefined {
  const message = `NO ${engine}, what needs one is NOT TESTED: ${reason}. Install it, or set ${engine}_TEST_URL.`;
  if (process.env['CI']) throw new Error(message);
  process.stderr.write(`\n${message}\n\n`);
  return undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
