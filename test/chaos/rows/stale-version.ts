import { setTimeout as delay } from 'node:timers/promises';
import { newKey, type Reply } from '../client.ts';
import { judge } from '../judge.ts';
import { bookAll, change, inLanes, patientsFor, refresh, takeSlots, type Booked } from '../many.ts';
import { seeded } from '../random.ts';
import type { Row } from '../row.ts';
import { Journal } from '../story.ts';
import { Traffic } from '../traffic.ts';

const KEYS = ['epic', 'cerner', 'xml-his', 'hl7v2', 'native'] as const;
const TRIALS_IN_BATCH = 10;
const MOVED_WITHIN_MS = 30_000;

export const row: Row = {
  name: 'stale-version',
  order: 14,
  fault:
    'one client moves an appointment; another, who has read it before, moves or cancels it by the version that it knows',
  trial: 'one appointment: the second client is told 412, and the move of the first stays',
  wanted: 300,
  drivers: ['pg-boss'],
  async run(run) {
    await using owned = await run.cluster({ apis: 2, workers: 1 });
    const { cluster } = owned;
    const traffic = await Traffic.open(cluster, new Journal());
    for (let seed = run.seed; run.tally.trials < run.trials && !run.ending.aborted; seed += 1) {
      const since = Date.now();
      const random = seeded(seed);
      const jobs: (() => Promise<void>)[] = [];
      for (let nth = 0; nth < Math.min(TRIALS_IN_BATCH, run.trials - run.tally.trials); nth += 1) {
        const key = random.pick(KEYS);
        const isCancelled = random.chance(0.5);
        const [wanted] = await patientsFor(traffic, random, takeSlots(traffic, key, 1));
        const [first, second] = takeSlots(traffic, key, 2);
        if (!wanted || !first || !second) throw new Error(`${key} has no free slots`);
        jobs.push(async () => {
          const [booked] = await bookAll(traffic, key, [wanted]);
          if (!booked || !(await becomes(traffic, booked, ({ status }) => status === 'booked'))) return;
          const known = booked.etag;
          if (!(await change(traffic, booked, { method: 'PATCH', slotId: first.id }))) return;
          const isMoved = await becomes(traffic, booked, (body) => body.slotId === first.id && !body.pendingChange);
          if (!isMoved) return;
          const late = await byOldVersion(traffic, booked, known, isCancelled ? undefined : second.id);
          if (late.status !== 412) {
            run.tally.violate(
              seed,
              'I6',
              `${booked.transactionId} was changed by a version before its move: ${late.status}`,
            );
          }
        });
      }
      await inLanes(jobs, (job) => job());
      run.tally.trials += jobs.length;
      await judge({ cluster, traffic, tally: run.tally, random, seed, since, faultsAt: [] });
      run.say(`judged: ${run.tally.trials} trials, ${run.tally.violations.length} violations`);
      if (run.tally.violations.length > 0) return;
    }
  },
};

type Body = Awaited<ReturnType<typeof refresh>>;

async function becomes(traffic: Traffic, booked: Booked, done: (body: Body) => boolean): Promise<boolean> {
  for (const deadline = Date.now() + MOVED_WITHIN_MS; Date.now() < deadline; await delay(100)) {
    if (done(await refresh(traffic, booked))) return true;
  }
  return false;
}

function byOldVersion(traffic: Traffic, { story }: Booked, etag: string, slotId: string | undefined): Promise<Reply> {
  return traffic.client.ask({
    method: slotId === undefined ? 'DELETE' : 'PATCH',
    path: `/v1/appointments/${story.appointmentId}`,
    ...(slotId === undefined ? {} : { body: { slotId } }),
    headers: { 'if-match': etag, 'idempotency-key': newKey(), prefer: 'respond-async' },
    api: 1,
  });
}
