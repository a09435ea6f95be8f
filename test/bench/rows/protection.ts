/** What authentication, row level security and encryption cost a booking: the same hub with them, and without. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';

const PLANT = pathToFileURL(join(import.meta.dirname, '../unprotected/plant.ts')).href;
/** So few that latency is what a booking takes, and not how long the queue is. */
const CONNECTIONS = 4;
const BOOKINGS = 1_500;

export const bench: Bench = {
  name: 'protection',
  row: 'cost',
  title: 'what authentication, row level security and encryption cost',
  what: `Bookings by ${CONNECTIONS} connections through the hub as it is, and through the same hub without authentication, row level security and encryption (its sources changed as they are loaded, see test/bench/unprotected), each on a Postgres of its own, in turn. What it costs is 1.25 × at most.`,
  figures: {
    p50: { what: 'as it is, p50', unit: 'ms' },
    bareP50: { what: 'without, p50', unit: 'ms' },
    latency: {
      what: 'p50 with / without',
      unit: '×',
      held: { better: 'less', floor: 1.25, goal: 1.25 },
    },
    us: { what: 'processor time of hub and Postgres, as it is, each', unit: 'µs' },
    bareUs: { what: 'processor time of hub and Postgres, without, each', unit: 'µs' },
    processor: { what: 'processor time with / without', unit: '×' },
    failures: { what: 'not answered 201', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
  },
  async open(settings, cleanUp) {
    const whole = cleanUp.use(await startBenchHub());
    const bare = cleanUp.use(await startBenchHub({ NODE_OPTIONS: `--import=${PLANT}` }));
    await holdUnprotected(bare);
    const count = scaled(settings, BOOKINGS);
    let turn = 0;
    return {
      async round() {
        // Who is second finds a warmer machine: they take turns at that, too.
        const isFirst = (turn += 1) % 2 === 0;
        const before = isFirst ? await booked(whole, count) : undefined;
        const without = await booked(bare, count);
        const as = before ?? (await booked(whole, count));
        return {
          p50: as.p50Ms,
          bareP50: without.p50Ms,
          latency: as.p50Ms / without.p50Ms,
          us: as.us,
          bareUs: without.us,
          processor: as.us / without.us,
          failures: as.failures + without.failures,
        };
      },
      notes: () => [...whole.surprises(), ...bare.surprises()],
      check: async () => [...(await whole.check()), ...(await bare.check())],
    };
  },
};

async function booked(hub: BenchHub, count: number) {
  const lane = hub.bookings(await hub.slots(count));
  const before = await hub.spent();
  const loaded = await hub.load({ connections: CONNECTIONS, lanes: [lane], loop: { kind: 'closed' } });
  const after = await hub.spent();
  const spentMs = after.hub - before.hub + after.postgres - before.postgres;
  return { ...loaded, us: (spentMs * 1_000) / count };
}

/** Otherwise the two would be the same. */
async function holdUnprotected({ api, headers, db }: BenchHub): Promise<void> {
  const path = `${api}/v1/locations?limit=1`;
  const first = await fetch(path, { headers });
  const forged = await fetch(path, { headers: { authorization: 'Bearer nonsense' } });
  const { rowCount } = await db.query(`select from pg_roles where rolname like 'tessera_app_%'`);
  if (first.status !== 200 || forged.status !== 200 || rowCount !== 0)
    throw new Error(
      'the hub without protection has some: its sources are not as test/bench/unprotected takes them to be',
    );
}
