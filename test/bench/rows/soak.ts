/** T10: hours of work leave nothing behind: memory, handles and tables stay as they are. */
import { readdir } from 'node:fs/promises';
import type { Bench } from '../bench.ts';
import { residentMb } from '../hub-process.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import { mixedLoad, sustainedRate } from '../mixed-load.ts';
import { median } from '../numbers.ts';

const MINUTES = 30;
const SHARE = 0.6;
const SLICE_SECONDS = 30;
/** Of the whole: what is filled once (caches, pools, compiled code) is filled by then. */
const SETTLED_AFTER = 0.3;

interface Sample {
  readonly p99Ms: number;
  readonly failures: number;
  readonly mb: number;
  readonly handles: number;
}

export const bench: Bench = {
  name: 'soak',
  row: 'T10',
  title: 'hours of work: memory, handles, tables',
  kind: 'soak',
  what: `${SHARE * 100} % of what can be sustained, a tenth of the calls bookings, for ${MINUTES} minutes (--minutes). Compared: the median of the last fifth with that of the fifth after a third of the time.`,
  figures: {
    rate: { what: 'calls', unit: '/s' },
    p99: { what: 'p99, median of all slices', unit: 'ms' },
    p99Last: { what: 'p99, median of the last fifth', unit: 'ms' },
    failures: { what: 'failures', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    mb: { what: 'resident memory at the end', unit: 'MB', held: { better: 'less', floor: 500, goal: 300 } },
    memory: { what: 'resident memory, last / earlier', unit: '×', held: { better: 'less', floor: 1.15, goal: 1.05 } },
    handles: { what: 'open handles, last / earlier', unit: '×', held: { better: 'less', floor: 1.15, goal: 1.05 } },
    dead: {
      what: 'dead rows of the largest share of any table with 10,000 rows or more',
      unit: '×',
      held: { better: 'less', floor: 0.3, goal: 0.25 },
    },
    queueRows: { what: 'rows that the queue and the outboxes hold at the end', unit: '' },
  },
  rounds: 1,
  isWarm: true,
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    return {
      async round() {
        const { perSecond } = await sustainedRate(hub, settings.say);
        const rate = Math.max(10, (settings.rate ?? perSecond) * SHARE);
        const slices = Math.max(5, Math.round(((settings.minutes ?? MINUTES) * 60) / SLICE_SECONDS));
        const samples: Sample[] = [];
        for (let nth = 1; nth <= slices; nth += 1) {
          settings.say(`${Math.round(rate)} calls/s, slice ${nth} of ${slices}`);
          const { p99Ms, failures } = await mixedLoad(hub, rate, SLICE_SECONDS);
          samples.push({ p99Ms, failures, mb: await residentMb(hub.pid), handles: await handlesOf(hub.pid) });
        }
        const fifth = Math.max(1, Math.round(slices / 5));
        const from = Math.round(slices * SETTLED_AFTER);
        const [earlier, last] = [samples.slice(from, from + fifth), samples.slice(-fifth)];
        const change = (of: (sample: Sample) => number): number => median(last.map(of)) / median(earlier.map(of));
        return {
          rate,
          p99: median(samples.map(({ p99Ms }) => p99Ms)),
          p99Last: median(last.map(({ p99Ms }) => p99Ms)),
          failures: samples.reduce((total, each) => total + each.failures, 0),
          mb: samples.at(-1)?.mb ?? Number.NaN,
          memory: change(({ mb }) => mb),
          handles: change(({ handles }) => handles),
          dead: await deadShare(hub),
          queueRows: await queueRows(hub),
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

/** Open files and sockets. Linux only; NaN elsewhere. */
async function handlesOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => undefined))?.length ?? Number.NaN;
}

/** Autovacuum is to keep up: what it has not taken away is bloat. */
async function deadShare({ db }: BenchHub): Promise<number> {
  const { rows } = await db.query<{ share: number | null }>(
    `select max(n_dead_tup::float8 / (n_live_tup + n_dead_tup)) as share from pg_stat_user_tables
     where n_live_tup + n_dead_tup >= 10000`,
  );
  return rows[0]?.share ?? 0;
}

async function queueRows({ db }: BenchHub): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select (select count(*) from pgboss.job) + (select count(*) from message_to_apply) + (select count(*) from audit_waiting) as count',
  );
  return rows[0]?.count ?? Number.NaN;
}
