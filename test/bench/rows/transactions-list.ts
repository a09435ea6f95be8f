/** T12: the console's list of transactions over a million rows, and what the console weighs. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub } from '../hub.ts';
import { seedRows } from '../seed/seed.ts';

const TRANSACTIONS = 1_000_000;
const READS = 200;
const CONNECTIONS = 4;
const WEB = join(import.meta.dirname, '../../../web/dist');

export const bench: Bench = {
  name: 'transactions-list',
  row: 'T12',
  title: 'the first page of a million transactions',
  what: 'GET /v1/transactions?limit=50 as the console asks for its first page, over 1,000,000 transactions, 4 connections; the same of those that failed. The first load of the console: its page, and all that the page names, packed with gzip.',
  figures: {
    firstPage: { what: 'first page, p99', unit: 'ms', held: { better: 'less', floor: 500, goal: 200 } },
    firstPageP50: { what: 'first page, p50', unit: 'ms' },
    failedPage: {
      what: 'first page of those that failed, p99',
      unit: 'ms',
      held: { better: 'less', floor: 500, goal: 200 },
    },
    failures: { what: 'not answered 200', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    webKb: { what: 'first load of the console, gzip', unit: 'kB', held: { better: 'less', floor: 300, goal: 200 } },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const wish = { organizationId: hub.organizationId, slots: 10_000, providers: 50, locations: 10 };
    await seedRows(hub.db, { ...wish, transactions: scaled(settings, TRANSACTIONS) }, (done, total, what) =>
      settings.say(`seeds ${done} of ${total} ${what}`),
    );
    const webKb = await firstLoadKb();
    const { authorization = '' } = hub.support;
    const page = (query: string) =>
      hub.load({
        connections: CONNECTIONS,
        lanes: [
          {
            method: 'GET',
            paths: [`/v1/transactions?limit=50${query}`],
            headers: { authorization },
            expected: [200],
          },
        ],
        loop: { kind: 'closed', total: READS },
      });
    return {
      async round() {
        const first = await page('');
        const failed = await page('&state=failed');
        return {
          firstPage: first.p99Ms,
          firstPageP50: first.p50Ms,
          failedPage: failed.p99Ms,
          failures: first.failures + failed.failures,
          ...(webKb !== undefined && { webKb }),
        };
      },
      notes: () => hub.surprises(),
    };
  },
};

/** Undefined where the console is not built (npm run build:web). What is loaded later, page by page, is not counted. */
async function firstLoadKb(): Promise<number | undefined> {
  const html = await readFile(join(WEB, 'index.html'), 'utf8').catch(() => undefined);
  if (html === undefined) return undefined;
  const assets = await readdir(join(WEB, 'assets'));
  const named = assets.filter((name) => html.includes(`/assets/${name}`) && !/[.](gz|br|map)$/.test(name));
  let bytes = gzipSync(html).length;
  for (const name of named) {
    const file = join(WEB, 'assets', name);
    bytes += (await stat(`${file}.gz`).catch(() => undefined))?.size ?? gzipSync(await readFile(file)).length;
  }
  return bytes / 1_000;
}
