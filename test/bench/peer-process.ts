/** A server that is measured beside the hub: a process of its own, which prints its port when it listens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endsWithUs } from './ends-with-us.ts';

export interface PeerProcess extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** `program`: a file, with what it is given. */
export async function startPeerProcess(program: string, ...given: string[]): Promise<PeerProcess> {
  const child = endsWithUs(spawn(process.execPath, [program, ...given], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${program} has ended`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  ended.catch(() => {});
  return {
    port: Number(line),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const over = once(child, 'exit');
      child.kill();
      await over;
    },
  };
}
