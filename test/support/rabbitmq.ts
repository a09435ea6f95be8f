/** A real RabbitMQ for tests: a server of its own, or the one that RABBITMQ_TEST_URL names. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canUnpack, unpackPackages } from './debian-packages.ts';
import { freePort, skipLoudly } from './engine.ts';

export interface TestRabbitMq {
  readonly url: string;
  /** kill -9; undefined for the server of RABBITMQ_TEST_URL. */
  readonly kill: (() => Promise<void>) | undefined;
  /** Again, with what it has kept. */
  readonly start: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

const PACKAGES = /^(rabbitmq-server|erlang-|libsctp|libtinfo)/;

/** Call `stop` in afterAll. Undefined, with a loud line, where none is to be had; throws instead when CI is set. */
export async function startRabbitMq(): Promise<TestRabbitMq | undefined> {
  const own = process.env['RABBITMQ_TEST_URL'];
  if (own) return { url: own, kill: undefined, start: undefined, stop: () => Promise.resolve() };
  if (!canUnpack()) return skipLoudly('RABBITMQ', 'there is no apt to fetch one with');
  let unpacked;
  try {
    unpacked = await unpackPackages('rabbitmq-server', PACKAGES);
  } catch (error) {
    return skipLoudly('RABBITMQ', (error as Error).message);
  }
  const server = new Server(unpacked.root, unpacked.libraries, await mkdtemp(join(tmpdir(), 'tessera-rabbitmq-')));
  await server.start();
  return {
    url: server.url,
    kill: () => server.kill(),
    start: () => server.start(),
    stop: () => server.stop(),
  };
}

class Server {
  url = '';
  readonly #root: string;
  readonly #libraries: string;
  readonly #directory: string;
  #environment: Readonly<Record<string, string>> | undefined;
  #children: ChildProcess[] = [];

  constructor(root: string, libraries: string, directory: string) {
    this.#root = root;
    this.#libraries = libraries;
    this.#directory = directory;
  }

  async start(): Promise<void> {
    this.#environment ??= await this.#settings();
    // Started here, and not by Erlang itself as a daemon, so that it ends with the test.
    const names = this.#spawn(join(this.#root, 'usr/lib/erlang/bin/epmd'), []);
    await once(names, 'spawn');
    const broker = this.#spawn('/bin/sh', [join(this.#root, 'usr/lib/rabbitmq/bin/rabbitmq-server')]);
    let output = '';
    const ready = Promise.withResolvers<void>();
    for (const stream of [broker.stdout, broker.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (/completed with \d+ plugins|Starting broker\.\.\. completed/.test(output)) ready.resolve();
      });
    }
    broker.once('exit', (code) =>
      ready.reject(new Error(`rabbitmq-server ended with ${code}: ${output.slice(-1500)}`)),
    );
    await ready.promise;
  }

  async kill(): Promise<void> {
    const children = this.#children;
    this.#children = [];
    await Promise.all(children.map(end));
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #spawn(file: string, args: readonly string[]): ChildProcess {
    // A group of its own: the shell's children end with it.
    const child = spawn(file, args, {
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#children.push(child);
    const endWithUs = (): void => void killGroup(child);
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    return child;
  }

  /** Debian's `erl` knows only where it would be installed; this one knows where it is. Returns its directory. */
  async #ownErl(): Promise<string> {
    const erlang = join(this.#root, 'usr/lib/erlang');
    const runtime = readdirSync(erlang).find((each) => each.startsWith('erts-')) ?? '';
    const bin = join(this.#directory, 'bin');
    await mkdir(bin, { recursive: true });
    const settings = { ROOTDIR: erlang, BINDIR: join(erlang, runtime, 'bin'), EMU: 'beam', PROGNAME: 'erl' };
    const exports = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`);
    await writeFile(join(bin, 'erl'), ['#!/bin/sh', ...exports, 'exec "$BINDIR/erlexec" "$@"', ''].join('\n'), {
      mode: 0o755,
    });
    return bin;
  }

  async #settings(): Promise<Record<string, string>> {
    const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
    return {
      PATH: `${await this.#ownErl()}:${process.env['PATH'] ?? ''}`,
      LD_LIBRARY_PATH: this.#libraries,
      HOME: this.#directory,
      ERL_EPMD_PORT: String(names),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_HOME: join(this.#root, 'usr/lib/rabbitmq'),
      RABBITMQ_NODENAME: `tessera${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(this.#directory, 'mnesia'),
      RABBITMQ_LOG_BASE: join(this.#directory, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: join(this.#directory, 'none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.#directory, 'plugins'),
      RABBITMQ_GENERATED_CONFIG_DIR: this.#directory,
    };
  }
}

function killGroup(child: ChildProcess): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (killGroup(child)) await ended;
}
