/** A real Redis for tests: a server of its own, or the one that REDIS_TEST_URL names. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis, type RedisBinary } from './redis-binary.ts';

export interface TestRedis {
  readonly url: string;
  /** Sends one command, on a connection of its own. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** What only a server of its own can be done to; undefined for the one of REDIS_TEST_URL. */
  readonly server: RedisServer | undefined;
  stop(): Promise<void>;
}

export interface RedisServer {
  /** kill -9: it keeps nothing. */
  kill(): Promise<void>;
  /** Again on the same port, empty. */
  start(): Promise<void>;
}

/**
 * Call `stop` in afterAll. Undefined, with a loud line, where no Redis is to be had: the caller skips what needs one.
 * Throws instead when CI is set, where a skipped test is nobody's.
 */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis | undefined> {
  const own = process.env['REDIS_TEST_URL'];
  if (own) return { url: own, command: commandTo(own), server: undefined, stop: () => Promise.resolve() };
  let binary: RedisBinary | undefined;
  let reason = 'there is no redis-server on PATH, and no apt to fetch one';
  try {
    binary = await findRedis();
  } catch (error) {
    reason = (error as Error).message;
  }
  if (binary) return startServer(binary, settings);
  const message = `NO REDIS, what needs one is NOT TESTED: ${reason}. Install redis-server, or set REDIS_TEST_URL.`;
  if (process.env['CI']) throw new Error(message);
  process.stderr.write(`\n${message}\n\n`);
  return undefined;
}

async function startServer(binary: RedisBinary, settings: Readonly<Record<string, string>>): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = await spawnServer(binary, { ...DEFAULTS, dir: directory, port: String(port), ...settings });
  };
  const kill = async (): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    url,
    command: commandTo(url),
    server: { kill, start },
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const DEFAULTS = { bind: '127.0.0.1', save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction', daemonize: 'no' };

async function spawnServer(binary: RedisBinary, settings: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(
    binary.file,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    {
      // One program is server and tools, by the name it is called.
      argv0: 'redis-server',
      env: { ...process.env, ...(binary.libraries ? { LD_LIBRARY_PATH: binary.libraries } : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ready to accept connections')) ready.resolve();
    });
  }
  child.once('error', ready.reject);
  child.once('exit', (code) => ready.reject(new Error(`redis-server ended with ${code}: ${output.slice(-800)}`)));
  // A test run that dies takes its server along.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  await ready.promise;
  return child;
}

function commandTo(url: string): TestRedis['command'] {
  return async (name, ...args) => {
    const client = new Redis(url, { maxRetriesPerRequest: 20 });
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
