/** Many trials on one hub: while clients are at work, faults strike one after the other; after each batch everything is judged. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LookupProfile } from '#adapter-kit/simulator';
import type { Cluster, Shape } from './cluster.ts';
import { judge, type Judging } from './judge.ts';
import { seeded, type Random } from './random.ts';
import type { RowRun } from './row.ts';
import { Journal } from './story.ts';
import { Stranger } from './stranger.ts';
import { Traffic } from './traffic.ts';

const LOOKUPS: readonly LookupProfile[] = ['by-tag', 'by-patient-and-time', 'none', 'idempotency-key'];

/** In the last column of the report: so many answers were looked through. */
const TOLD = 'answers to a stranger';

export interface Trial {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  /** Of this batch: the seed decides everything that the clock does not. */
  readonly random: Random;
  /** Says that a fault strikes now; for the time until nobody feels it any more. */
  struck(): void;
}

export interface Battle {
  readonly shape?: Omit<Shape, 'driver'>;
  /** Default 10. */
  readonly trialsInBatch?: number;
  /** A new hub after so many: journals and tables do not grow for ever. Default 12. */
  readonly batchesPerCluster?: number;
  /** Connections with clients, and clients at each. Default: all, 2. */
  readonly connections?: readonly string[];
  readonly lanes?: number;
  /** How a lost booking can be found; default: the four in turn, over the hospitals and from batch to batch. */
  readonly lookups?: readonly LookupProfile[];
  readonly mayWait?: Judging['mayWait'];
  /** The least and the most between two trials, in ms; default 200 to 1,500. */
  readonly pauseMs?: readonly [number, number];
  /** Injects one fault, and mends what does not mend itself. Counts as one trial, or as many as it returns. */
  trial(trial: Trial): Promise<number | void>;
}

export async function runBatches(run: RowRun, battle: Battle): Promise<void> {
  const inBatch = battle.trialsInBatch ?? 10;
  let seed = run.seed;
  while (run.tally.trials < run.trials && !run.ending.aborted) {
    await using owned = await run.cluster(battle.shape);
    const { cluster } = owned;
    const traffic = await Traffic.open(cluster, new Journal());
    const stranger = await Stranger.open(cluster);
    const violationsBefore = run.tally.violations.length;
    for (let batch = 0; batch < (battle.batchesPerCluster ?? 12); batch += 1, seed += 1) {
      const trials = Math.min(inBatch, run.trials - run.tally.trials);
      if (trials <= 0 || run.ending.aborted) break;
      await runBatch(run, battle, { cluster, traffic, stranger, seed, trials });
      run.say(
        `judged: ${run.tally.trials} trials, ${run.tally.operations} operations, ${run.tally.violations.length} violations`,
      );
      // What went wrong would be found again in every later batch.
      if (run.tally.violations.length > violationsBefore) {
        await explain(run, cluster);
        seed += 1;
        break;
      }
    }
  }
}

interface Batch {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly stranger: Stranger;
  readonly seed: number;
  readonly trials: number;
}

async function runBatch(
  run: RowRun,
  battle: Battle,
  { cluster, traffic, stranger, seed, trials }: Batch,
): Promise<void> {
  const random = seeded(seed);
  const since = Date.now();
  const spent = (): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  const faultsAt: number[] = [];
  const lookups = battle.lookups ?? LOOKUPS;
  for (const [nth, hospital] of cluster.hospitals.entries()) {
    await hospital.profile(lookups[(nth + seed) % lookups.length] ?? 'by-tag');
  }
  const ending = new AbortController();
  const connections = battle.connections ?? cluster.sandbox.connections.map(({ key }) => key);
  const clients = traffic.run(connections, battle.lanes ?? 2, random.fork(), ending.signal);
  const spying = stranger.run(traffic.journal, seeded(seed), ending.signal);
  const [least, most] = battle.pauseMs ?? [200, 1_500];
  try {
    for (let done = 0; done < trials;) {
      await delay(random.between(least, most));
      const made = await battle.trial({ cluster, traffic, random, struck: () => faultsAt.push(Date.now()) });
      done += made ?? 1;
      run.tally.trials += made ?? 1;
    }
  } finally {
    ending.abort();
    await cluster.mend();
    await Promise.all([clients, spying]);
  }
  const { notes } = run.tally;
  notes[TOLD] = Number(notes[TOLD] ?? 0) + stranger.answered;
  stranger.answered = 0;
  for (const crossing of stranger.crossings.splice(0)) run.tally.violate(seed, 'I8', crossing);
  run.say(`batch ${seed}: ${faultsAt.length} faults in ${spent()}`);
  const { mayWait } = battle;
  await judge({ cluster, traffic, tally: run.tally, random, seed, since, faultsAt, ...(mayWait ? { mayWait } : {}) });
}

/** The violations, and the story of each transaction that they name: what the ledger says of it, without payloads. */
export async function explain(run: RowRun, cluster: Cluster): Promise<void> {
  for (const { invariant, detail, seed } of run.tally.violations.slice(-3)) {
    run.say(`${invariant} ${detail} (seed ${seed})`);
    const named = detail.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
    const told = await cluster.db.query<{ line: string }>(
      `select to_char(at, 'HH24:MI:SS.MS') || ' ' || what as line from (
         select occurred_at as at, type || ' ' || data::text as what, sequence from event where transaction_id = any($1::uuid[])
         union all
         select started_at, 'attempt ' || number || ' ' || purpose || ' ' || step || ': ' || coalesce(class || ' ' || coalesce(reason, ''), 'no result'), 0
         from attempt left join attempt_result on attempt_id = id where transaction_id = any($1::uuid[])
         union all
         select due_at, 'due ' || state || ' on ' || connection_id, 0 from transaction where id = any($1::uuid[])
       ) story order by at, sequence`,
      [named],
    );
    for (const { line } of told.rows) run.say(`    ${line}`);
    for (const hospital of cluster.hospitals) {
      const { requests, appointments } = await hospital.effects();
      for (const { transactionId, ...seen } of [...requests, ...appointments]) {
        if (named.some((id) => id === transactionId))
          run.say(`    ${hospital.key} ${transactionId} ${JSON.stringify(seen)}`);
      }
    }
  }
  if (process.env['CHAOS_LOGS']) for (const child of cluster.children) run.say(`--- ${child.roles}\n${child.tail}`);
}
