/** `npm run bench -- flame`: what the hub does with its time while it books, as a picture. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { commit } from '../machine.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import { flameGraph } from './flame-graph.ts';
import { profileOf } from './profile.ts';

const BOOKINGS = 6_000;
const CONNECTIONS = 64;
const HELP = `npm run bench -- flame FILE.svg

Books ${BOOKINGS} slots of the hub's own book by ${CONNECTIONS} connections, after as many to warm up, and draws where the hub's process has spent
the processor's time meanwhile. Its inspector is opened for that: port 9229 of loopback must be free.
`;

export async function flame([file]: readonly string[]): Promise<number> {
  if (file === undefined || !file.endsWith('.svg')) {
    process.stdout.write(HELP);
    return file === '--help' || file === '-h' ? 0 : 2;
  }
  await using hub = await startBenchHub();
  const book = async (): Promise<void> => {
    const lanes = [hub.bookings(await hub.slots(BOOKINGS))];
    await hub.load({ connections: CONNECTIONS, lanes, loop: { kind: 'closed' } });
  };
  await book();
  await rest(hub);
  const profile = await profileOf(hub.pid, book);
  await writeFile(file, flameGraph(profile, `Bookings, commit ${commit()}`, { count: BOOKINGS, what: 'bookings' }));
  const wrong = await hub.check();
  for (const each of wrong) process.stderr.write(`bench: ${each}\n`);
  return wrong.length > 0 ? 1 : 0;
}

/** A hospital of the sandbox that tells its free slots when it begins is no part of the picture. */
async function rest({ db }: BenchHub): Promise<void> {
  const told = async (): Promise<unknown> =>
    (await db.query('select count(*) as n from received_message')).rows[0]?.['n'];
  for (let was = await told(), now; ; was = now) {
    await delay(3_000);
    now = await told();
    if (now === was) return;
  }
}
