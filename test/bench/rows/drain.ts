/** T6: what waited while the HIS was away, when it is back. */
import { setTimeout as delay } from 'node:timers/promises';
import { scaled, type Bench } from '../bench.ts';
import { CONCURRENCY, startPlainHis, type PlainHis } from '../his/his-process.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import { startRedis } from '../../support/redis.ts';
import { rawBullmq } from '../limits/raw-bullmq.ts';
import { rawQueue } from '../limits/raw-queue.ts';

const WAITING = 10_000;
const JOBS = 20_000;
/** Of each of the two requests of a booking. */
const HIS_MS = 10;
const CONNECTIONS = 32;
const WITHIN_MS = 300_000;

export const bench: Bench = {
  name: 'drain',
  row: 'T6',
  title: 'what waited while the HIS was away',
  what: `${WAITING} bookings are taken while the HIS is away, and sent when it is back: from the first that arrives there until the last is settled. At once answering, and with 2 × ${HIS_MS} ms for each booking, ${CONCURRENCY} calls at once: then ${CONCURRENCY} / ${2 * HIS_MS} ms are possible in theory. Beside it pg-boss alone on the same Postgres, and BullMQ on a Redis, where one is to be had: jobs without anything to do.`,
  figures: {
    instant: { what: 'HIS answers at once', unit: '/s', held: { better: 'more', floor: 3_000, goal: 10_000 } },
    slow: { what: `HIS takes 2 × ${HIS_MS} ms`, unit: '/s' },
    share: { what: 'of what is possible then', unit: '×', held: { better: 'more', floor: 0.6, goal: 0.85 } },
    taken: { what: 'taken while the HIS was away', unit: '/s' },
    enqueued: { what: 'pg-boss alone, jobs sent 1,000 at a time', unit: '/s' },
    drained: { what: 'pg-boss alone, fetched and completed 100 at a time', unit: '/s' },
    bullmqEnqueued: { what: 'BullMQ alone, jobs sent 1,000 at a time', unit: '/s' },
    bullmqDrained: { what: 'BullMQ alone, worked on 50 at once', unit: '/s' },
    failures: { what: 'not taken', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
  },
  rounds: 3,
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const his = cleanUp.use(await startPlainHis(hub));
    const redis = await startRedis();
    if (redis) cleanUp.defer(() => redis.stop());
    const count = scaled(settings, WAITING);
    return {
      async round() {
        const instant = await drained(hub, his, count, 0);
        const slow = await drained(hub, his, count, HIS_MS);
        const jobs = scaled(settings, JOBS);
        const { enqueued, drained: raw } = await rawQueue(hub.db, jobs);
        const bullmq = redis && (await rawBullmq(redis.url, jobs));
        return {
          instant: instant.perSecond,
          slow: slow.perSecond,
          share: slow.perSecond / (CONCURRENCY / ((2 * HIS_MS) / 1_000)),
          taken: instant.taken,
          enqueued,
          drained: raw,
          ...(bullmq && { bullmqEnqueued: bullmq.enqueued, bullmqDrained: bullmq.drained }),
          failures: instant.failures + slow.failures,
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

async function drained(hub: BenchHub, his: PlainHis, count: number, hisMs: number) {
  await his.slow(hisMs);
  await his.down();
  const headers = { ...hub.headers, prefer: 'respond-async' };
  const lane = hub.bookings(await his.slots(count), { headers, expected: [202] });
  const loaded = await hub.load({ connections: CONNECTIONS, lanes: [lane], loop: { kind: 'closed' } });
  const ids =
    loaded.lanes[0]?.answers.flatMap(({ status, transactionId }) => (status === 202 ? transactionId : [])) ?? [];
  await his.up();
  const lastAt = await lastSettled(hub, ids);
  const arrived = await his.take();
  const firstAt = Math.min(...arrived.map(({ arrivedAt }) => arrivedAt));
  return {
    perSecond: (ids.length / (lastAt - firstAt)) * 1_000,
    taken: loaded.perSecond,
    failures: loaded.failures,
  };
}

/** By Postgres’ clock, which is this machine’s: milliseconds since the epoch. */
async function lastSettled({ db }: BenchHub, ids: readonly string[]): Promise<number> {
  for (const deadline = performance.now() + WITHIN_MS; ; await delay(200)) {
    const { rows } = await db.query<{ open: number; last: number | null }>(
      `select count(*) filter (where state <> 'succeeded') as open, extract(epoch from max(settled_at))::float8 * 1000 as last
       from transaction where id = any($1)`,
      [ids],
    );
    const { open = 0, last = null } = rows[0] ?? {};
    if (open === 0 && last !== null) return last;
    if (performance.now() > deadline) throw new Error(`${open} of ${ids.length} bookings are not settled in time`);
  }
}
