import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../batches.ts';
import type { Cluster } from '../cluster.ts';
import { judge } from '../judge.ts';
import {
  bookAll,
  change,
  engageDoctors,
  inLanes,
  patientsFor,
  refresh,
  takeSlots,
  type Booked,
  type Wanted,
} from '../many.ts';
import { seeded, type Random } from '../random.ts';
import type { Row, RowRun } from '../row.ts';
import { SETTLED_WITHIN_MS, untilSettled } from '../settle.ts';
import { Journal } from '../story.ts';
import { Traffic } from '../traffic.ts';

/** Says 429, and nothing of a booking is done: at a connection that tries once it has failed then. */
const KEY = 'cerner';
const ITEMS_MAX = 10_000;
/** As many at once as may be: each 429 asks all for two seconds of patience. And no answer is taken for lost. */
const POLICY = { concurrency: 256, writeDeadlineMs: 5_000, readDeadlineMs: 5_000, leaseMs: 7_000 };
const RETRIES_MAX = 50;
/** Of failing, replaying or cancelling, beside what a judgement waits. */
const MS_PER_ITEM = 100;

interface Plan {
  readonly id: string;
  readonly state: string;
  readonly count: number;
  readonly predicted: Readonly<Record<string, number>>;
  readonly progress: Readonly<Record<string, number>>;
  readonly items: readonly {
    readonly transactionId: string;
    readonly result: string | null;
    readonly at: string | null;
  }[];
}

export const row: Row = {
  name: 'bulk-replay',
  order: 10,
  fault: 'a plan replays 10,000 failed bookings; it is paused, and the API and all workers are killed with -9 midway',
  trial: 'one failed booking, replayed by a plan that was killed midway; ten plans of 10,000',
  wanted: 10 * ITEMS_MAX,
  drivers: ['pg-boss'],
  async run(run) {
    const items = Math.min(ITEMS_MAX, run.trials);
    await using owned = await run.cluster({ apis: 1, workers: 2, policy: POLICY });
    const { cluster } = owned;
    await engageDoctors(cluster, KEY, items);
    const traffic = await Traffic.open(cluster, new Journal(), items);
    for (let seed = run.seed; run.tally.trials < run.trials && !run.ending.aborted; seed += 1) {
      const count = Math.min(items, run.trials - run.tally.trials, traffic.pool.left(KEY));
      await replayMany({ run, cluster, traffic, random: seeded(seed), seed }, count);
      run.tally.trials += count;
      run.say(`judged: ${run.tally.trials} replays, ${run.tally.violations.length} violations`);
      if (run.tally.violations.length > 0) return await explain(run, cluster);
    }
  },
};

interface Scene {
  readonly run: RowRun;
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly random: Random;
  readonly seed: number;
}

async function replayMany(scene: Scene, count: number): Promise<void> {
  const { run, cluster, traffic, random, seed } = scene;
  const since = Date.now();
  const failed = await failing(scene, count);
  run.say(`${failed.length} bookings failed after ${Math.round((Date.now() - since) / 1000)} s`);
  const plan = await ask(scene, 'POST', '', {
    filter: { state: 'failed', connection: cluster.connectionId(KEY), from: new Date(since).toISOString() },
    ratePerSecond: 500,
  });
  checkPlan(scene, plan, failed);
  const faultsAt = await runWithFaults(scene, plan);
  const ended = await ask(scene, 'GET', `/${plan.id}`);
  await checkEnd(scene, ended, failed);
  run.tally.notes['plans'] = Number(run.tally.notes['plans'] ?? 0) + 1;
  // To have run it is to have run it: nothing more is sent.
  await ask(scene, 'POST', `/${plan.id}/run`);
  await inLanes(failed, async (booked) => {
    await refresh(traffic, booked);
    if (await change(traffic, booked, { method: 'DELETE' })) traffic.pool.giveBack(KEY, booked.slot.id);
  });
  await untilSettled(cluster, SETTLED_WITHIN_MS + count * MS_PER_ITEM);
  await judge({ cluster, traffic, tally: run.tally, random, seed, since, faultsAt });
}

/** Real bookings that the HIS refuses for the moment, at a connection that tries only once. */
async function failing({ cluster, traffic, random }: Scene, count: number): Promise<Booked[]> {
  const wanted = await patientsFor(traffic, random, takeSlots(traffic, KEY, count));
  await introduce(cluster, traffic, wanted);
  await setRetries(cluster, 0);
  await cluster.hospital(KEY).fault({ on: 'book', fault: '429-retry-after' });
  const all = await bookAll(traffic, KEY, wanted);
  const left = await untilSettled(cluster, SETTLED_WITHIN_MS + count * MS_PER_ITEM);
  await cluster.hospital(KEY).clearFaults();
  await setRetries(cluster, RETRIES_MAX);
  if (all.length < count || left.length > 0)
    throw new Error(`${all.length} of ${count} booked; open: ${left.join(', ')}`);
  return all;
}

/** The HIS gets to know the patients: a search for one would be refused like the rest, and not fail for good. */
async function introduce(cluster: Cluster, traffic: Traffic, wanted: readonly Wanted[]): Promise<void> {
  const first = [...new Map(wanted.map((each) => [each.patientId, each])).values()];
  const visits = await bookAll(traffic, KEY, first);
  await untilSettled(cluster);
  await inLanes(visits, async (visit) => {
    await refresh(traffic, visit);
    await change(traffic, visit, { method: 'DELETE' });
  });
  await untilSettled(cluster);
}

async function setRetries(cluster: Cluster, retriesMax: number): Promise<void> {
  const url = `${cluster.apiUrl()}/v1/connections/${cluster.connectionId(KEY)}`;
  const headers = { authorization: `Bearer ${cluster.sandbox.tokens.admin}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ policy: { retriesMax } });
  const changed = await fetch(url, { method: 'PATCH', headers, body });
  if (!changed.ok) throw new Error(`the policy was not changed: ${changed.status} ${await changed.text()}`);
}

async function ask({ traffic }: Scene, method: string, path: string, body?: unknown): Promise<Plan> {
  const wish = {
    method,
    path: `/v1/replay-plans${path}`,
    role: 'support' as const,
    ...(body === undefined ? {} : { body }),
  };
  const reply = await traffic.client.ask(wish);
  if (reply.status >= 300) throw new Error(`${method} ${wish.path}: ${reply.status}`);
  return reply.body as Plan;
}

/** Paused at one moment, killed at another; progress is asked for right after. Resolves when the plan is finished. */
async function runWithFaults(scene: Scene, plan: Plan): Promise<number[]> {
  const { run, cluster, random, seed } = scene;
  const path = `/${plan.id}`;
  const faultsAt: number[] = [];
  const [pauseAt = 0, killAt = 0] = [random.between(10, 45), random.between(50, 85)].map(
    (share) => (plan.count * share) / 100,
  );
  await ask(scene, 'POST', `${path}/run`);
  await sentAtLeast(scene, plan, pauseAt);
  const paused = await ask(scene, 'POST', `${path}/pause`);
  await delay(1_200);
  const still = await ask(scene, 'GET', `${path}?items=none`);
  if (still.progress['waiting'] !== paused.progress['waiting']) {
    run.tally.violate(
      seed,
      'I5',
      `plan ${plan.id} went on while paused: ${paused.progress['waiting']}, then ${still.progress['waiting']} waiting`,
    );
  }
  await ask(scene, 'POST', `${path}/run`);
  const before = await sentAtLeast(scene, plan, killAt);
  faultsAt.push(Date.now());
  await Promise.all([...cluster.apis, ...cluster.workers].map((each) => each.end('SIGKILL')));
  for (const child of [...cluster.apis, ...cluster.workers]) cluster.revive(child);
  const after = await ask(scene, 'GET', `${path}?items=none`);
  const known = Object.values(after.progress).reduce((sum, each) => sum + each, 0);
  if (known !== plan.count || sentOf(after) < sentOf(before)) {
    run.tally.violate(
      seed,
      'I5',
      `plan ${plan.id} had sent ${sentOf(before)} of ${plan.count}; after kill -9 ${sentOf(after)} of ${known}`,
    );
  }
  run.say(`killed when ${sentOf(before)} of ${plan.count} were sent; ${sentOf(after)} right after`);
  const deadline = Date.now() + SETTLED_WITHIN_MS + plan.count * MS_PER_ITEM;
  for (;;) {
    const { state } = await ask(scene, 'GET', `${path}?items=none`);
    if (state === 'finished') return faultsAt;
    if (Date.now() > deadline) {
      run.tally.violate(seed, 'I1', `plan ${plan.id} is ${state} and does not finish`);
      return faultsAt;
    }
    await delay(300);
  }
}

const sentOf = ({ count, progress }: Plan): number => count - (progress['waiting'] ?? 0);

async function sentAtLeast(scene: Scene, plan: Plan, count: number): Promise<Plan> {
  for (const deadline = Date.now() + SETTLED_WITHIN_MS + plan.count * MS_PER_ITEM; ; await delay(200)) {
    const present = await ask(scene, 'GET', `/${plan.id}?items=none`);
    if (sentOf(present) >= count) return present;
    if (Date.now() > deadline)
      throw new Error(`plan ${plan.id} is at ${sentOf(present)} of ${plan.count}, and does not go on`);
  }
}

function checkPlan({ run, seed }: Scene, plan: Plan, failed: readonly Booked[]): void {
  const wanted = new Set(failed.map(({ transactionId }) => transactionId));
  const frozen = plan.items.filter(({ transactionId }) => wanted.has(transactionId)).length;
  if (plan.count !== wanted.size || frozen !== wanted.size || plan.predicted['will-create'] !== wanted.size) {
    const predicted = JSON.stringify(plan.predicted);
    run.tally.violate(
      seed,
      'I5',
      `plan ${plan.id} has ${plan.count} items, ${frozen} of ${wanted.size} failed ones: ${predicted}`,
    );
  }
}

/** A result of each item, one effect of each at the HIS, and their turns in the order of the ledger. */
async function checkEnd({ run, cluster, seed }: Scene, ended: Plan, failed: readonly Booked[]): Promise<void> {
  const { appointments } = await cluster.hospital(KEY).effects();
  const effects = Map.groupBy(appointments, ({ transactionId }) => transactionId);
  for (const { transactionId: id } of failed) {
    const living = (effects.get(id) ?? []).length;
    if (living !== 1) run.tally.violate(seed, 'I3', `${id} has ${living} effects after its replay`);
  }
  const open = ended.items.filter(({ result }) => result !== 'succeeded');
  for (const { transactionId, result } of open.slice(0, 10)) {
    run.tally.violate(seed, 'I5', `${transactionId} of plan ${ended.id} ended as ${result}`);
  }
  const ordered = await cluster.db.query<{ id: string }>(
    'select id from transaction where id = any($1::uuid[]) order by sequence',
    [ended.items.map(({ transactionId }) => transactionId)],
  );
  let last = '';
  for (const [nth, { transactionId, at }] of ended.items.entries()) {
    const isOldest = ordered.rows[nth]?.id === transactionId && at !== null && at >= last;
    if (!isOldest)
      return run.tally.violate(
        seed,
        'I6',
        `${transactionId} of plan ${ended.id} had its turn at ${at}, not oldest first`,
      );
    last = at;
  }
}
