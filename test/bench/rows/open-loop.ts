/** T2: calls by the clock, a tenth of them bookings. */
import type { Bench } from '../bench.ts';
import { startBenchHub } from '../hub.ts';
import { mixedLoad, sustainedRate } from '../mixed-load.ts';

const CALLS_PER_SECOND = 5_800;
const MORE_PER_SECOND = 8_000;
const SECONDS = 10;
/** Far above what can be sustained, more of it shows nothing more. */
const HOPELESS = 0.7;
/** Where nothing is refused, and each call takes what it takes. */
const CALM = 0.7;
const CALM_SECONDS = 5;

export const bench: Bench = {
  name: 'open-loop',
  row: 'T2',
  title: 'calls by the clock, a tenth of them bookings',
  what: `Open loop, ${CALLS_PER_SECOND} calls/s (--rate), a tenth of them bookings that are answered when they are in the book, the rest availability; timed from when each was due, so that waiting counts (no coordinated omission). Sustained: the highest rate tried at which p99 stays within 50 ms, and nothing fails.`,
  figures: {
    sustained: { what: 'sustained, calls', unit: '/s' },
    sustainedP99: { what: 'p99 at that rate', unit: 'ms' },
    p99: { what: 'p99 at the given rate', unit: 'ms', held: { better: 'less', floor: 50, goal: 20 } },
    p50: { what: 'p50 at the given rate', unit: 'ms' },
    bookingP99: { what: 'p99 of bookings', unit: 'ms' },
    achieved: { what: 'answered well', unit: '/s' },
    failures: { what: 'errors at the given rate', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    hubUs: { what: `processor time of the hub at ${CALM} × what is sustained, each call`, unit: 'µs' },
    postgresUs: { what: `processor time of Postgres at ${CALM} × what is sustained, each call`, unit: 'µs' },
    moreP99: {
      what: `p99 at ${MORE_PER_SECOND} calls/s`,
      unit: 'ms',
      held: { better: 'less', floor: Number.POSITIVE_INFINITY, goal: 50 },
    },
    moreFailures: { what: `errors at ${MORE_PER_SECOND} calls/s`, unit: '' },
  },
  isWarm: true,
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const sustained = await sustainedRate(hub, settings.say);
    const { rate = CALLS_PER_SECOND, seconds = SECONDS } = settings;
    return {
      async round() {
        const before = await hub.spent();
        const calm = await mixedLoad(hub, sustained.perSecond * CALM, CALM_SECONDS);
        const after = await hub.spent();
        const loaded = await mixedLoad(hub, rate, seconds);
        const more =
          sustained.perSecond > MORE_PER_SECOND * HOPELESS ? await mixedLoad(hub, MORE_PER_SECOND, seconds) : undefined;
        return {
          sustained: sustained.perSecond,
          sustainedP99: sustained.p99Ms,
          p99: loaded.p99Ms,
          p50: loaded.p50Ms,
          bookingP99: loaded.bookings.p99Ms,
          achieved: loaded.perSecond,
          failures: loaded.failures,
          hubUs: ((after.hub - before.hub) * 1_000) / calm.count,
          postgresUs: ((after.postgres - before.postgres) * 1_000) / calm.count,
          ...(more && { moreP99: more.p99Ms, moreFailures: more.failures }),
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};
