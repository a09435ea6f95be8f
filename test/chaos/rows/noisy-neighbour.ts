import { setTimeout as delay } from 'node:timers/promises';
import type { FaultName } from '#adapter-kit/simulator';
import { CANARY_REASON } from '../canaries.ts';
import type { Cluster } from '../cluster.ts';
import { lost, sendOnce, won } from '../contest.ts';
import { judge } from '../judge.ts';
import { bookAll, change, inLanes, patientsFor, refresh, takeSlots, type Booked, type Wanted } from '../many.ts';
import { seeded, type Random } from '../random.ts';
import type { Row, RowRun } from '../row.ts';
import { untilSettled } from '../settle.ts';
import { Journal, newStory } from '../story.ts';
import { percentile } from '../tally.ts';
import { Traffic } from '../traffic.ts';

const HEALTHY = 'xml-his';
const SICK = 'cerner';
/** Dead: nothing listens. Hanging: every call is taken, and never answered. */
const SICKNESS: readonly FaultName[] = ['down', 'timeout-before'];
const QUEUED = 2_000;
/** Bookings at the healthy one: so many a second, at even intervals, whether the last is answered or not. */
const PER_SECOND = 10;
const ROUND_SECONDS = 10;
/** The healthy one is given time, and the hanging one as much. */
const PATIENT = { writeDeadlineMs: 5_000, readDeadlineMs: 5_000, leaseMs: 7_000 };
/** The healthy one's p99 may move by so much. */
const RATIO_MAX = 1.1;
/** Fewer say nothing of a p99. */
const PAIRS_MIN = 10;
const RESAMPLES = 500;

export const row: Row = {
  name: 'noisy-neighbour',
  order: 11,
  fault: 'one HIS is dead or hangs, with 2,000 operations queued, beside a healthy one',
  trial: 'one round of bookings at the healthy HIS alone, and one beside the sick one',
  wanted: 10,
  drivers: ['pg-boss'],
  async run(run) {
    const isShort = run.trials < PAIRS_MIN;
    const queued = isShort ? QUEUED / 20 : QUEUED;
    await using owned = await run.cluster({ apis: 1, workers: 2, policy: PATIENT });
    const { cluster } = owned;
    const random = seeded(run.seed);
    const traffic = await Traffic.open(cluster, new Journal(), QUEUED);
    const healthy = await patientsFor(traffic, random, takeSlots(traffic, HEALTHY, PER_SECOND * ROUND_SECONDS));
    const sick = await patientsFor(
      traffic,
      random,
      takeSlots(traffic, SICK, Math.min(queued, traffic.pool.left(SICK))),
    );
    const scene: Scene = { run, cluster, traffic, random, healthy, sick };
    // The HIS learns to know the patients, and the processes their way.
    await round(scene);
    const pairs: Pair[] = [];
    const since = Date.now();
    while (run.tally.trials < run.trials && !run.ending.aborted) {
      const sickness = SICKNESS[run.tally.trials % SICKNESS.length] ?? 'down';
      const alone = await round(scene);
      const queue = await sicken(scene, sickness);
      const beside = await round(scene);
      await heal(scene, queue);
      pairs.push({ alone, beside });
      run.tally.trials += 1;
      const [a, b] = [alone, beside].map((each) => Math.round(percentile(each, 0.99) ?? 0));
      run.say(`${sickness}: p99 ${a} ms alone, ${b} ms beside ${queue.length} queued`);
    }
    compare(run, pairs, random);
    await judge({
      cluster,
      traffic,
      tally: run.tally,
      random,
      seed: run.seed,
      since,
      faultsAt: [],
    });
  },
};

interface Scene {
  readonly run: RowRun;
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly random: Random;
  readonly healthy: readonly Wanted[];
  readonly sick: readonly Wanted[];
}

/** From asking until booked at the HIS, in ms, of each booking. */
type Latencies = readonly number[];

interface Pair {
  readonly alone: Latencies;
  readonly beside: Latencies;
}

/** Leaves the slots as free as they were. */
async function round({ run, cluster, traffic, healthy }: Scene): Promise<Latencies> {
  const took: number[] = [];
  const booked: Booked[] = [];
  const begin = performance.now();
  await Promise.all(
    healthy.map(async ({ slot, patientId }, nth) => {
      await delay(Math.max(0, begin + (nth * 1_000) / PER_SECOND - performance.now()));
      const asked = performance.now();
      const body = { slotId: slot.id, patientId, reason: CANARY_REASON };
      const reply = await sendOnce(cluster, traffic, { method: 'POST', path: '/v1/appointments', body, api: nth });
      took.push(performance.now() - asked);
      // 202: longer than anybody is kept waiting; counted as that long.
      if (reply.status !== 201 && reply.status !== 202) {
        return run.tally.violate(run.seed, 'I9', `a booking at ${HEALTHY} was answered ${lost(reply)}`);
      }
      const story = newStory(HEALTHY);
      const winner = won(story, reply);
      if (!winner) return;
      traffic.journal.stories.push(story);
      booked.push({ ...winner, slot, patientId });
    }),
  );
  await quiet(cluster);
  await inLanes(booked, async (each) => {
    await refresh(traffic, each);
    await change(traffic, each, { method: 'DELETE' });
  });
  await quiet(cluster);
  return took;
}

const QUIET_WITHIN_MS = 120_000;

/** Nothing is under way at the healthy one. */
async function quiet(cluster: Cluster): Promise<void> {
  for (const deadline = Date.now() + QUIET_WITHIN_MS; ; await delay(100)) {
    const open = await cluster.db.query(
      `select 1 from transaction where connection_id = $1 and settled_at is null limit 1`,
      [cluster.connectionId(HEALTHY)],
    );
    if (open.rowCount === 0) return;
    if (Date.now() > deadline) throw new Error(`${HEALTHY} is not done after ${QUIET_WITHIN_MS / 1000} s`);
  }
}

async function sicken({ cluster, traffic, sick }: Scene, fault: FaultName): Promise<readonly Booked[]> {
  await cluster.hospital(SICK).fault({ on: 'any', fault });
  return bookAll(traffic, SICK, sick);
}

/** Nobody wants what waits any more; what was under way is found out, and cancelled too. */
async function heal({ cluster, traffic }: Scene, queue: readonly Booked[]): Promise<void> {
  await inLanes(queue, async (booked) => void (await change(traffic, booked, { method: 'DELETE' })));
  await cluster.mend();
  await untilSettled(cluster);
  await inLanes(queue, async (booked) => {
    const { status } = await refresh(traffic, booked);
    if (status === 'booked') await change(traffic, booked, { method: 'DELETE' });
  });
  await untilSettled(cluster);
}

function compare(run: RowRun, pairs: readonly Pair[], random: Random): void {
  const ratio = ratioOf(pairs);
  const ratios = Array.from({ length: RESAMPLES }, () => ratioOf(pairs.map(() => random.pick(pairs))));
  const [low, high] = [percentile(ratios, 0.025) ?? 0, percentile(ratios, 0.975) ?? 0];
  const p99 = (which: keyof Pair): number =>
    Math.round(
      percentile(
        pairs.flatMap((each) => each[which]),
        0.99,
      ) ?? 0,
    );
  run.tally.notes['p99 alone in ms'] = p99('alone');
  run.tally.notes['p99 beside in ms'] = p99('beside');
  run.tally.notes['ratio'] = `${ratio.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})`;
  // What may be chance is shown, and judged by whoever reads the interval.
  if (pairs.length >= PAIRS_MIN && low > RATIO_MAX)
    run.tally.violate(run.seed, 'I9', `the p99 of ${HEALTHY} is ${ratio.toFixed(2)} times as long beside a sick HIS`);
}

/** Of the p99 of all bookings of the pairs: beside the sick one to alone. */
function ratioOf(pairs: readonly Pair[]): number {
  const p99 = (which: keyof Pair): number =>
    percentile(
      pairs.flatMap((each) => each[which]),
      0.99,
    ) ?? 0;
  return p99('beside') / Math.max(1, p99('alone'));
}
