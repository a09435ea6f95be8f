/** The end of a batch: faults stop, everything settles, a person does what is a person's, and then the invariants are held. */
import { gather } from './check/evidence.ts';
import { check } from './check/invariants.ts';
import { checkBounds, checkSinks } from './check/sinks.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import { review, SETTLED_WITHIN_MS, untilSettled, waitingForPerson, type WaitingTransaction } from './settle.ts';
import type { Tally } from './tally.ts';
import type { Traffic } from './traffic.ts';

export interface Judging {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly tally: Tally;
  readonly random: Random;
  /** Of this batch. */
  readonly seed: number;
  /** When the batch began, and each of its faults struck: ms since the epoch. */
  readonly since: number;
  readonly faultsAt: readonly number[];
  /** May this one wait for a person? Default: at a HIS that cannot be asked, what was unknown. */
  readonly mayWait?: (waiting: WaitingTransaction) => boolean;
}

/** Call when the traffic of the batch has ended. The journal is empty afterwards. */
export async function judge(judging: Judging): Promise<void> {
  const { cluster, traffic, tally, random, seed } = judging;
  const violate = (invariant: string, detail: string): void => tally.violate(seed, invariant, detail);
  await cluster.mend();
  for (const open of await untilSettled(cluster)) {
    violate('I1', `${open} ${SETTLED_WITHIN_MS / 1000} s after the last fault`);
  }
  await countUnknown(judging);
  const waiting = await waitingForPerson(cluster);
  const mayWait = judging.mayWait ?? ((each) => each.state === 'needs_review' && cannotBeAsked(cluster, each));
  for (const each of waiting) {
    if (!mayWait(each)) violate('I1', `${each.kind} ${each.id} waits for a person: ${each.state} ${each.code ?? ''}`);
  }
  for (const problem of await review(cluster, traffic.client, waiting, random)) violate('I5', problem);
  for (const open of await untilSettled(cluster)) violate('I5', `${open} after its replay`);

  const stories = traffic.journal.stories.splice(0);
  const evidence = await gather(cluster, traffic.client, stories);
  for (const { invariant, detail } of check(evidence, stories, traffic.pool)) violate(invariant, detail);
  for await (const { invariant, detail } of checkSinks(cluster, traffic.journal)) violate(invariant, detail);
  for (const { invariant, detail } of checkBounds(cluster)) violate(invariant, detail);
  for (const answer of traffic.journal.unexpected.splice(0)) violate('client', answer);
  tally.operations += traffic.journal.operations;
  traffic.journal.operations = 0;
}

const cannotBeAsked = (cluster: Cluster, { connectionId }: WaitingTransaction): boolean =>
  cluster.hospitals.find((each) => each.connectionId === connectionId)?.lookup === 'none';

/** Of this batch: what was unknown at some time and what became of it, and how long each fault was felt. */
async function countUnknown({ cluster, tally, since, faultsAt }: Judging): Promise<void> {
  const counted = await cluster.db.query<{ resolved: number; parked: number }>(
    `select count(*) filter (where state <> 'needs_review') as resolved, count(*) filter (where state = 'needs_review') as parked
     from transaction where id in (
       select transaction_id from event where type = 'transaction.unknown' and occurred_at >= to_timestamp($1 / 1000.0))`,
    [since],
  );
  tally.resolved += counted.rows[0]?.resolved ?? 0;
  tally.parked += counted.rows[0]?.parked ?? 0;
  for (const at of faultsAt) {
    const felt = await cluster.db.query<{ ms: number | null }>(
      `select (extract(epoch from max(settled_at)) * 1000)::float8 - $1::float8 as ms from transaction
       where created_at <= to_timestamp($1 / 1000.0) and settled_at > to_timestamp($1 / 1000.0)`,
      [at],
    );
    const ms = felt.rows[0]?.ms;
    if (typeof ms === 'number') tally.recoveriesMs.push(Math.round(ms));
  }
}
