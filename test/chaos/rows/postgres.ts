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
        const before = cluster.databasePid();
        const victim = fault === 'backend killed' ? await aBackend(cluster, random) : before;
        struck();
        process.kill(victim, fault === 'backend killed' ? 'SIGKILL' : fault === 'fast restart' ? 'SIGINT' : 'SIGQUIT');
        await answersAgain(cluster, fault === 'backend killed' ? undefined : before);
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

/** `pid`: of the server that must be gone first. */
async function answersAgain(cluster: Cluster, pid: number | undefined): Promise<void> {
  for (const deadline = Date.now() + BACK_WITHIN_MS; ; await delay(50)) {
    try {
      if (pid === undefined || cluster.databasePid() !== pid) {
        await cluster.db.query('select 1');
        return;
      }
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error(`Postgres was not started again within ${BACK_WITHIN_MS / 1000} s`);
  }
}
