/** Three times what can be sustained: whoever is let in is answered well, the rest is told to come later, and soon all is as before. */
import { setTimeout as delay } from 'node:timers/promises';
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import { mixedLoad, sustainedRate } from '../mixed-load.ts';
import { sum } from '../numbers.ts';

const TIMES = 3;
const SECONDS = 120;
const NORMAL_SECONDS = 10;
/** Of what can be sustained: a load under which the hub has recovered when it answers as before. */
const CALM = 0.6;
const RECOVERED_WITHIN_S = 60;
/** Told to come later (RFC 6585 section 4, RFC 9110 section 15.6.4). */
const LATER = [429, 503];

export const bench: Bench = {
  name: 'overload',
  row: 'F15',
  title: 'three times what can be sustained',
  kind: 'overload',
  what: `Open loop at ${TIMES} × what can be sustained, for ${SECONDS} s (--seconds), a tenth of the calls bookings. Accepted calls are to keep a p99 of at most 2 × that of the sustained rate, the rest is to be answered 503 or 429, and ${CALM} × the sustained rate is to be answered as before within 5 s.`,
  figures: {
    sustained: { what: 'sustained, calls', unit: '/s' },
    normalP99: { what: 'p99 at that rate', unit: 'ms' },
    acceptedP99: { what: 'p99 of accepted calls under overload', unit: 'ms' },
    ratio: { what: 'overload / normal', unit: '×', held: { better: 'less', floor: 2, goal: 1.5 } },
    accepted: { what: 'accepted', unit: '/s' },
    later: { what: 'answered 503 or 429', unit: '/s' },
    others: { what: 'answered otherwise, or not at all', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    recovery: { what: 'until it answers as before', unit: 's', held: { better: 'less', floor: 5, goal: 2 } },
  },
  rounds: 1,
  isWarm: true,
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    return {
      async round() {
        const { perSecond } = await sustainedRate(hub, settings.say);
        if (perSecond === 0)
          throw new Error('no rate at all is answered within 50 ms: there is no normal to compare with');
        const normal = await mixedLoad(hub, perSecond, NORMAL_SECONDS);
        const seconds = settings.seconds ?? scaled(settings, SECONDS);
        settings.say(`${TIMES} × ${Math.round(perSecond)} calls/s for ${seconds} s`);
        const flood = await mixedLoad(hub, perSecond * TIMES, seconds);
        const late = Math.max(0, flood.seconds - seconds);
        const later = sum(flood.lanes.flatMap(({ statuses }) => LATER.map((status) => statuses[status] ?? 0)));
        const acceptedP99 = Math.max(...flood.lanes.map(({ expectedP99Ms }) => expectedP99Ms));
        return {
          sustained: perSecond,
          normalP99: normal.p99Ms,
          acceptedP99,
          ratio: acceptedP99 / normal.p99Ms,
          accepted: (flood.count - flood.failures) / flood.seconds,
          later: later / flood.seconds,
          others: flood.failures - later,
          recovery: late + (await recovered(hub, perSecond * CALM, normal.p99Ms * 2)),
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

/** Seconds until a second of calm load begins that is answered well. */
async function recovered(hub: BenchHub, perSecond: number, p99Ms: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const seconds = (performance.now() - startedAt) / 1_000;
    const calm = await mixedLoad(hub, perSecond, 1);
    if ((calm.failures === 0 && calm.p99Ms <= p99Ms) || seconds > RECOVERED_WITHIN_S) return seconds;
    await delay(100);
  }
}
