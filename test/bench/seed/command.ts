/** `npm run bench -- seed`: fills a database of yours, to try how the hub does when a hospital has grown. */
import { parseArgs } from 'node:util';
import { ProgressBar } from '../../../src/cli/progress-bar.ts';
import { openDatabase } from '../../../src/db/database.ts';
import { seedRows } from './seed.ts';

const HELP = `npm run bench -- seed [options]

Adds slots and transactions of a hospital that does not exist to the database that DATABASE_URL names (as its superuser, after the
hub has been started on it once), up to the counts that are asked for. They cannot be told from others afterwards but by their
connection, bench-seed: never use it on a database that is needed for anything else.

  --slots N           default 10000
  --transactions N    default 10000
  --providers N       default 10
  --locations N       default 2
  --organization KEY  default sandbox
`;

export async function seed(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      slots: { type: 'string', default: '10000' },
      transactions: { type: 'string', default: '10000' },
      providers: { type: 'string', default: '10' },
      locations: { type: 'string', default: '2' },
      organization: { type: 'string', default: 'sandbox' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const counts = {
    slots: countOf('slots', values.slots),
    transactions: countOf('transactions', values.transactions),
    providers: countOf('providers', values.providers),
    locations: countOf('locations', values.locations),
  };
  const url = process.env['DATABASE_URL'];
  if (url === undefined)
    throw new Error('seed expects DATABASE_URL, which names the database to fill; see seed --help');
  const db = openDatabase(url, { max: 2, answerTimeoutMs: 0, onError: () => {} });
  const bar = new ProgressBar(process.stderr);
  try {
    const found = await db.query<{ id: string }>('select id from organization where key = $1', [values.organization]);
    const [organization] = found.rows;
    if (!organization)
      throw new Error(
        `the database has no organization "${values.organization}": start the hub on it once, with its sandbox`,
      );
    const wish = { ...counts, organizationId: organization.id };
    await seedRows(db, wish, (done, total, what) => bar.show(done, total, what));
    bar.end();
    process.stdout.write(
      `There are ${wish.slots} slots and ${wish.transactions} transactions of connection bench-seed.\n`,
    );
    return 0;
  } finally {
    await db.close();
  }
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1e9)
    throw new Error(`--${name} expects a whole number from 1 on, got "${text}"`);
  return count;
}
