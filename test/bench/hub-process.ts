/** A process of the hub, as its users start it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endsWithUs } from './ends-with-us.ts';

/** As `npm start` and the image do. */
const START = ['--max-semi-space-size=16', join(import.meta.dirname, '../../bin/tessera.cjs'), 'start', '--json'];

export interface HubProcess extends AsyncDisposable {
  /** Of its API, or of its health. */
  readonly url: string;
  readonly pid: number;
  /** From its start until it was ready. */
  readonly startMs: number;
}

/** Resolves when it is ready. `environment`: besides PATH, all that it has. */
export async function startHubProcess(environment: Readonly<Record<string, string>>): Promise<HubProcess> {
  const startedAt = performance.now();
  const child = endsWithUs(
    spawn(process.execPath, START, {
      env: {
        PATH: process.env['PATH'],
        MALLOC_ARENA_MAX: '1',
        TESSERA_PORT: '0',
        TESSERA_MLLP_PORT: '0',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const ready = Promise.withResolvers<string>();
  const lines = createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{"url"')) ready.resolve((JSON.parse(line) as { url: string }).url);
  });
  child.once('exit', (code) => ready.reject(new Error(`the hub ended with ${code}`)));
  const url = await ready.promise;
  // Its log is thrown away as it comes: reading it line by line would take time from what is measured.
  lines.close();
  child.stdout.resume();
  return {
    url,
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Of a process, all that is in memory, in MB. Linux only; NaN elsewhere. */
export async function residentMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? Number.NaN) / 1024;
}
