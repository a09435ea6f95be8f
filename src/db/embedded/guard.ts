/**
 * A process of its own that stops the server when the program which started it dies without a chance to (kill -9, out
 * of memory): then the pipe to our standard input closes. Arguments: the pid and mark of the server, its data
 * directory, the directory of the binaries, and a directory to delete afterwards, or nothing.
 */
import { rmSync } from 'node:fs';
import { stopServer } from './stop-server.ts';

const [pid, mark, data, binaries, throwAway] = process.argv.slice(2);

// Ctrl-C and the end of a terminal session are for the program; it stops us when it is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.stdin.resume().once('close', async () => {
  if (pid === undefined || mark === undefined || data === undefined || binaries === undefined) return;
  await stopServer({ process: { pid: Number(pid), mark }, data, binaries });
  if (throwAway) rmSync(throwAway, { recursive: true, force: true });
});
