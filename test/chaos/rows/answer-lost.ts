import { setTimeout as delay } from 'node:timers/promises';
import { runBatches, type Trial } from '../batches.ts';
import type { Row } from '../row.ts';

const FAULTS = ['timeout-after-commit', 'reset-after-commit', '502-after-commit'] as const;
/** Of each fault, and of each write. More would open the breaker, and then nothing is lost any more. */
const RATE = 0.1;

const counted = new WeakMap<object, number>();

/** Writes of this hub whose answer was lost so far. */
async function lost({ cluster }: Trial): Promise<number> {
  const rows = await cluster.db.query<{ count: number }>(
    `select count(distinct transaction_id) as count from event where type = 'transaction.unknown'`,
  );
  return rows.rows[0]?.count ?? 0;
}

export const row: Row = {
  name: 'answer-lost',
  order: 4,
  fault:
    'the HIS executes a write, then times out, resets, or a gateway answers 502; four hospitals, four lookup profiles',
  trial: 'one transaction whose answer was lost',
  wanted: 2_000,
  drivers: ['pg-boss'],
  run: (run) =>
    runBatches(run, {
      trialsInBatch: 100,
      batchesPerCluster: 5,
      connections: ['epic', 'cerner', 'xml-his', 'hl7v2'],
      lanes: 6,
      pauseMs: [0, 0],
      async trial(trial) {
        const before = counted.get(trial.traffic) ?? 0;
        // Faults end with each batch, so they are set for as long as one trial of many lasts.
        for (const hospital of trial.cluster.hospitals) {
          for (const on of ['book', 'cancel', 'reschedule'] as const) {
            await hospital.fault({ on, fault: trial.random.pick(FAULTS), rate: RATE * 3 });
          }
        }
        await delay(2_000);
        for (const hospital of trial.cluster.hospitals) await hospital.clearFaults();
        const now = await lost(trial);
        counted.set(trial.traffic, now);
        return now - before;
      },
    }),
};
