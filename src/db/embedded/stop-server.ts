import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { executable } from './binaries.ts';
import { isRunning, type ProcessRecord } from './process-record.ts';
import { until } from './until.ts';

/** A fast shutdown ends open transactions and writes a checkpoint, which on a slow disk takes a while. */
const FAST_MS = 20_000;
const IMMEDIATE_MS = 10_000;

export interface RunningServer {
  readonly process: ProcessRecord;
  readonly data: string;
  readonly binaries: string;
}

/**
 * Stops the server and returns when it is gone: by fast shutdown, and if that hangs by immediate shutdown (the next
 * start then recovers). Does nothing when it is gone already, also when its pid belongs to another process by now.
 */
export async function stopServer(server: RunningServer): Promise<void> {
  const gone = (): boolean => !isRunning(server.process);
  if (gone()) return;
  await ask(server, 'SIGINT');
  if (await until(gone, FAST_MS)) return;
  await ask(server, 'SIGQUIT');
  if (await until(gone, IMMEDIATE_MS)) return;
  throw new Error(
    `the database server (process ${server.process.pid}, data in ${server.data}) does not stop: stop it by hand`,
  );
}

/** Source: PostgreSQL manual, 18.5 Shutting Down the Server. */
async function ask({ process: { pid }, data, binaries }: RunningServer, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  try {
    // Windows has no signals; the server listens to pg_ctl instead.
    if (process.platform === 'win32') {
      const mode = signal === 'SIGINT' ? 'fast' : 'immediate';
      await promisify(execFile)(executable(binaries, 'pg_ctl'), ['stop', '-D', data, '-m', mode, '-W']);
    } else process.kill(pid, signal);
  } catch (error) {
    // It ended by itself between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
