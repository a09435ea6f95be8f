import { setTimeout as delay } from 'node:timers/promises';
import { runBatches } from '../batches.ts';
import type { Cluster } from '../cluster.ts';
import type { Random } from '../random.ts';
import type { Row } from '../row.ts';

/** SIGQUIT: ends at once, what was under way is recovered from the log. SIGINT: ends every transaction, then itself in order. */
const FAULTS = ['immediate stop', 'backend killed', 'fast restart'] as const;
const BACK_WITHIN_MS = 60_000;

export const row: Row = {
  name: 'postgres',
  order: 6,
  fault: 'immediate stop of Postgres, kill -9 of one of its backends (which ends all of them), fast restart',
  trial: 'one of the three, among requests and calls under way',
  wanted: 100,
  drivers: ['pg-boss', 'bullmq'],
  run: (run) =>
    runBatches(run, {
      shape: { apis: 2, workers: 2 },
      async trial({ cluster, random, struck }) {
        const fault = random.pick(FAULTS);
        run.tally.notes[fault] = Number(run.tally.notes[fault] ?? 0) + 1;
        const before = await checkpointer(cluster);
        const victim = fault === 'backend killed' ? await aBackend(cluster, random) : cluster.databasePid();
        struck();
        process.kill(victim, fault === 'backend killed' ? 'SIGKILL' : fault === 'fast restart' ? 'SIGINT' : 'SIGQUIT');
        await answersAgain(cluster, before);
      },
    }),
};

/** Of an API or a worker; of the harness none. */
async function aBackend(cluster: Cluster, random: Random): Promise<number> {
  const found = await cluster.db.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() order by pid`,
  );
  return random.pick(found.rows).pid;
}

/** Every restart gives the server a new one, also that after a crash, by which the server itself stays. */
async function checkpointer(cluster: Cluster): Promise<number> {
  const found = await cluster.db.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  );
  return found.rows[0]?.pid ?? 0;
}

/**
 * `before`: the checkpointer that must be gone first. A fault that strikes while Postgres recovers from the one before would test
 * Postgres: a fast shutdown then does not end as long as clients go on knocking.
 */
async function answersAgain(cluster: Cluster, before: number): Promise<void> {
  for (const deadline = Date.now() + BACK_WITHIN_MS; Date.now() < deadline; await delay(50)) {
    const now = await checkpointer(cluster).catch(() => 0);
    if (now !== 0 && now !== before) return;
  }
  throw new Error(`Postgres did not answer again within ${BACK_WITHIN_MS / 1000} s`);
}
