/** T9: the same questions when there is a thousand times as much. */
import { setTimeout as delay } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { createSeal } from '../../../src/ledger/seal.ts';
import { scaled, type Bench, type Figure, type Settings } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import type { Loaded } from '../load/plan.ts';
import { median } from '../numbers.ts';
import { plansOfHotQueries } from '../seed/hot-queries.ts';
import { seededTransaction, seedRows } from '../seed/seed.ts';

const STEPS = [
  { name: '10^4', rows: 10_000, providers: 10, locations: 2 },
  { name: '10^5', rows: 100_000, providers: 50, locations: 10 },
  { name: '10^6', rows: 1_000_000, providers: 200, locations: 50 },
  { name: '10^7', rows: 10_000_000, providers: 1_000, locations: 200 },
] as const;
type Step = (typeof STEPS)[number];
const LAST = STEPS.length - 1;
const TIMES = 5;
const CONNECTIONS = 8;
const READS = 1_000;
const BOOKINGS = 2_000;
const QUESTIONS = 500;
/** Of what was seeded. */
const SEEDED = ['slot', 'appointment', 'transaction', 'event'];
/** So long Postgres may keep its counters to itself. */
const COUNTED_AFTER_MS = 11_000;

const MEASURES = {
  search: ['availability of a provider, p50', 'ms'],
  list: ['first page of the ledger, p50', 'ms'],
  read: ['one transaction, p50', 'ms'],
  book: ['bookings, 64 connections', '/s'],
} as const;
type Measure = keyof typeof MEASURES;

const stepFigures = Object.fromEntries(
  Object.entries(MEASURES).flatMap(([measure, [what, unit]]) =>
    STEPS.map(({ name }, step): [string, Figure] => [`${measure}${step}`, { what: `${what}, at ${name}`, unit }]),
  ),
);
const growsBy = { better: 'less', floor: 2, goal: 1.25 } as const;

export const bench: Bench = {
  name: 'growth',
  row: 'T9',
  title: 'from 10^4 to 10^7 slots and transactions',
  kind: 'growth',
  what: `From 10^4 to 10^7 slots and as many transactions, 10 to 1,000 providers, 2 to 200 locations: availability and the ledger by ${CONNECTIONS} connections, bookings by 64; of ${TIMES} repetitions the median.`,
  figures: {
    ...stepFigures,
    searchGrowth: { what: 'availability, p50 at the last / at the first', unit: '×', held: growsBy },
    listGrowth: { what: 'first page of the ledger, p50 at the last / at the first', unit: '×', held: growsBy },
    readGrowth: { what: 'one transaction, p50 at the last / at the first', unit: '×', held: growsBy },
    bookGrowth: {
      what: 'bookings at the last / at the first',
      unit: '×',
      held: { better: 'more', floor: 0.6, goal: 0.85 },
    },
    scans: {
      what: `tables of ${SEEDED.join(', ')} that were read as a whole while measured at the last`,
      unit: '',
      held: { better: 'less', floor: 0, goal: 0 },
    },
    failures: { what: 'failures', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
  },
  rounds: 1,
  isWarm: true,
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const notes: string[] = [];
    return {
      async round() {
        const found = new Map<string, number>();
        let failures = 0;
        let scans = 0;
        for (const [step, wish] of STEPS.entries()) {
          const connectionId = await grow(hub, settings, wish);
          const before = await wholeReads(hub);
          const at = await measured(hub, settings, connectionId, wish);
          for (const [measure, value] of Object.entries(at.medians)) found.set(`${measure}${step}`, value);
          failures += at.failures;
          if (step < LAST) continue;
          await delay(COUNTED_AFTER_MS);
          scans = differing(before, await wholeReads(hub));
          notes.push(await plansAt(hub, connectionId, wish.name));
        }
        const grew = (measure: Measure): number =>
          (found.get(`${measure}${LAST}`) ?? Number.NaN) / (found.get(`${measure}0`) ?? Number.NaN);
        return {
          ...Object.fromEntries(found),
          searchGrowth: grew('search'),
          listGrowth: grew('list'),
          readGrowth: grew('read'),
          bookGrowth: grew('book'),
          scans,
          failures,
        };
      },
      check: () => hub.check(),
      notes: () => [...hub.surprises(), ...notes],
    };
  },
};

function grow(hub: BenchHub, settings: Settings, { name, rows, providers, locations }: Step) {
  const count = scaled(settings, rows);
  return seedRows(
    hub.db,
    { organizationId: hub.organizationId, slots: count, transactions: count, providers, locations },
    (done, total, what) => settings.say(`to ${name}: ${done} of ${total} ${what}`),
  );
}

async function measured(hub: BenchHub, settings: Settings, connectionId: string, { name, rows }: Step) {
  const paths = await questions(hub, connectionId, scaled(settings, rows));
  const { authorization = '' } = hub.support;
  let failures = 0;
  const counted = (loaded: Loaded): Loaded => {
    failures += loaded.failures;
    return loaded;
  };
  const reads = async (these: readonly string[]): Promise<number> => {
    const lane = { method: 'GET', paths: these, headers: { authorization }, expected: [200] } as const;
    const loop = { kind: 'closed', total: Math.max(50, scaled(settings, READS)) } as const;
    return counted(await hub.load({ connections: CONNECTIONS, lanes: [lane], loop })).p50Ms;
  };
  const books = async (): Promise<number> => {
    const lane = hub.bookings(await hub.slots(scaled(settings, BOOKINGS)));
    return counted(await hub.load({ connections: 64, lanes: [lane], loop: { kind: 'closed' } })).perSecond;
  };
  const measures: Readonly<Record<Measure, () => Promise<number>>> = {
    search: () => reads(paths.search),
    list: () => reads(['/v1/transactions?limit=50']),
    read: () => reads(paths.read),
    book: books,
  };
  const medians: Partial<Record<Measure, number>> = {};
  for (const [measure, take] of Object.entries(measures)) {
    settings.say(`at ${name}: ${MEASURES[measure as Measure][0]}`);
    // The first warms up.
    await take();
    const values: number[] = [];
    for (let time = 0; time < TIMES; time += 1) values.push(await take());
    medians[measure as Measure] = median(values);
  }
  return { medians, failures };
}

/** Of providers and transactions from everywhere in the tables, so that no page of them is always at hand. */
async function questions({ db }: BenchHub, connectionId: string, transactions: number) {
  const { rows } = await db.query<{ id: string }>(
    'select id from provider where connection_id = $1 order by random() limit $2',
    [connectionId, QUESTIONS],
  );
  const some = Array.from({ length: QUESTIONS }, () => Math.floor(Math.random() * transactions));
  return {
    search: rows.map(({ id }) => `/v1/providers/${id}/availability?limit=50`),
    read: some.map((nth) => `/v1/transactions/${seededTransaction(connectionId, nth)}`),
  };
}

async function wholeReads({ db }: BenchHub): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ relname: string; seq_scan: number }>(
    'select relname, seq_scan from pg_stat_user_tables where relname = any($1)',
    [SEEDED],
  );
  return new Map(rows.map(({ relname, seq_scan: count }) => [relname, count]));
}

const differing = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number =>
  [...after].filter(([table, count]) => count !== before.get(table)).length;

async function plansAt({ db, organizationId }: BenchHub, connectionId: string, name: string): Promise<string> {
  const seal = createSeal(randomBytes(32));
  const plans = await plansOfHotQueries({ db, seal, organizationId, connectionId });
  const texts = plans.map(({ of, lines }) => `${of}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  return `<details><summary>Plans at ${name}</summary>\n\n\`\`\`text\n${texts.join('\n\n')}\n\`\`\`\n\n</details>`;
}
