/** T5: from the answer 202 to the HIS, and to the confirmation. */
import { scaled, type Bench } from '../bench.ts';
import { startPlainHis } from '../his/his-process.ts';
import { startBenchHub } from '../hub.ts';
import { quantile } from '../numbers.ts';

const PER_SECOND = 1_000;
const SECONDS = 5;
/** Of each of the two requests of a booking. */
const HIS_MS = 10;
const CONNECTIONS = 128;

export const bench: Bench = {
  name: 'to-the-hospital',
  row: 'T5',
  title: 'from 202 to the HIS, and to its confirmation',
  what: `Bookings at a hospital, ${PER_SECOND}/s (--rate) in an open loop, each answered 202 at once (Prefer: respond-async); the HIS takes 2 × ${HIS_MS} ms for each. From the answer until the booking is at the HIS, and until Postgres has it confirmed, less what the HIS took.`,
  figures: {
    toHisP50: { what: '202 → at the HIS, p50', unit: 'ms' },
    toHisP99: { what: '202 → at the HIS, p99', unit: 'ms', held: { better: 'less', floor: 50, goal: 10 } },
    confirmedP50: {
      what: '202 → confirmed, less the HIS’s own time, p50',
      unit: 'ms',
      held: { better: 'less', floor: 10, goal: 3 },
    },
    confirmedP99: { what: '202 → confirmed, less the HIS’s own time, p99', unit: 'ms' },
    hisP50: { what: 'the HIS’s own time, p50', unit: 'ms' },
    answerP99: { what: '202 itself, p99', unit: 'ms' },
    failures: { what: 'answered neither 202 nor 201', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    missing: { what: 'acknowledged, and not at the HIS', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const his = cleanUp.use(await startPlainHis(hub));
    await his.slow(HIS_MS);
    const { rate = PER_SECOND, seconds = SECONDS } = settings;
    const perSecond = scaled(settings, rate);
    return {
      async round() {
        const headers = { ...hub.headers, prefer: 'respond-async' };
        // 201: by the time the answer was written, the booking was in the book.
        const lane = hub.bookings(await his.slots(Math.ceil(perSecond * seconds)), { headers, expected: [201, 202] });
        const loaded = await hub.load({
          connections: CONNECTIONS,
          lanes: [lane],
          loop: { kind: 'open', perSecond, seconds },
        });
        const faults = await hub.check();
        if (faults.length > 0) throw new Error(faults.join('; '));
        const settled = await settledOf(hub.db);
        const atHis = new Map((await his.take()).map((each) => [each.transactionId, each]));
        const answers = loaded.lanes[0]?.answers.filter(({ status }) => status === 202) ?? [];
        const seen = answers.flatMap(({ transactionId, answeredAt }) => {
          const arrived = atHis.get(transactionId);
          const settledAt = settled.get(transactionId);
          return arrived && settledAt !== undefined
            ? [{ ...arrived, toHis: arrived.arrivedAt - answeredAt, confirmed: settledAt - answeredAt - arrived.ownMs }]
            : [];
        });
        const of = (values: readonly number[], share: number): number =>
          quantile(
            values.toSorted((a, b) => a - b),
            share,
          );
        const toHis = seen.map((each) => each.toHis);
        const confirmed = seen.map((each) => each.confirmed);
        return {
          toHisP50: of(toHis, 0.5),
          toHisP99: of(toHis, 0.99),
          confirmedP50: of(confirmed, 0.5),
          confirmedP99: of(confirmed, 0.99),
          hisP50: of(
            seen.map(({ ownMs }) => ownMs),
            0.5,
          ),
          answerP99: loaded.p99Ms,
          failures: loaded.failures,
          missing: answers.length - seen.length,
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

type Db = Awaited<ReturnType<typeof startBenchHub>>['db'];

/** When each transaction was settled, by Postgres’ clock, which is this machine’s: milliseconds since the epoch. */
async function settledOf(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ id: string; at: number }>(
    `select id, extract(epoch from settled_at)::float8 * 1000 as at from transaction where settled_at > now() - interval '5 minutes'`,
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}
