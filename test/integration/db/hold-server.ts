/**
 * A program with an embedded server, for the tests to kill. Arguments: the data directory; `hold` (until standard input
 * ends or a signal comes, then stop) or `leave` (end at once, stopping nothing); `ephemeral`, or nothing.
 * Writes one line of JSON when the server runs, and one when it has stopped it.
 */
import { once } from 'node:events';
import { openDatabase } from '../../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts';

const [dataDir = '', mode, ephemeral] = process.argv.slice(2);
const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdin, 'end')]);

const server = await startEmbeddedPostgres({
  dataDir,
  database: 'tessera',
  ephemeral: ephemeral === 'ephemeral',
  log: (line) => process.stderr.write(`${line}\n`),
});
write({ url: server.url, pid: server.pid, adopted: server.adopted });

if (mode === 'hold') {
  process.stdin.resume();
  await asked;
  const db = openDatabase(server.url, { onError: () => {} });
  await db.query('select 1');
  await db.close();
  await server.stop();
  write({ stopped: true });
  process.stdin.destroy();
}

function write(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
