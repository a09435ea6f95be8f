import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';
import { executable } from './binaries.ts';
import { SERVER_ENVIRONMENT, type Cluster } from './cluster.ts';
import { recordProcess, type ProcessRecord } from './process-record.ts';
import { stopServer, type RunningServer } from './stop-server.ts';

export interface SpawnOptions {
  readonly cluster: Cluster;
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly port: number;
  readonly ephemeral: boolean;
  readonly log: (line: string) => void;
}

export interface SpawnedServer {
  readonly process: ProcessRecord;
  /** What it wrote last, when it ended by itself; undefined while it runs. */
  readonly failure: () => string | undefined;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Stops the server and its guard; returns when both are gone. */
  stop(): Promise<void>;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '200',
  jit: 'off',
  log_checkpoints: 'off',
  // Plans that were made while a table was nearly empty are made anew when it has been looked at: a new hub fills its tables in less
  // than the minute that Postgres would let pass.
  autovacuum_naptime: '5s',
  // The errors of statements quote values, which may be PHI; whoever sent the statement is told anyway.
  log_min_messages: 'log',
};

/** For tests only: what is thrown away need not survive a power failure. */
const EPHEMERAL_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts the server and its guard. It does not answer yet; it may end at once, then `failure` says why. */
export async function spawnServer(options: SpawnOptions): Promise<SpawnedServer> {
  const { cluster, binaries, account, port, ephemeral } = options;
  const settings = { ...SETTINGS, port: String(port), ...(ephemeral ? EPHEMERAL_SETTINGS : {}) };
  const child = spawn(
    executable(binaries, 'postgres'),
    ['-D', cluster.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // Detached: Ctrl-C goes to every process of the terminal's group, and must reach the program only.
    { ...account, env: SERVER_ENVIRONMENT, cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const lastLines = followLog(child, options.log);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const record = recordProcess(pid) ?? { pid, mark: 'ended' };
  const running: RunningServer = { process: record, data: cluster.data, binaries };
  const guard = spawnGuard(running, ephemeral ? cluster.home : '');
  letGo(child);
  letGo(guard);

  return {
    process: record,
    failure: () => (hasEnded(child) ? lastLines() : undefined),
    ended: ended(child),
    async stop() {
      // Kept until both are reaped, or a process that waits for nothing else would end before.
      child.ref();
      guard.ref();
      await stopServer(running);
      await ended(child);
      guard.kill('SIGKILL');
      await ended(guard);
    },
  };
}

function spawnGuard({ process: { pid, mark }, data, binaries }: RunningServer, throwAway: string): ChildProcess {
  const script = fileURLToPath(new URL('guard.ts', import.meta.url));
  const env = { PATH: process.env['PATH'] };
  return spawn(process.execPath, [script, String(pid), mark, data, binaries, throwAway], {
    env,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** The program may end although child and pipes are open. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdin, child.stderr]) if (pipe instanceof Socket) pipe.unref();
}

/** Passes the lines on, and keeps the end of them for the error message. */
function followLog(child: ChildProcess, log: (line: string) => void): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4000);
    for (const line of text.split('\n')) if (line.trim() !== '') log(line);
  });
  return () => tail.trim();
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}
