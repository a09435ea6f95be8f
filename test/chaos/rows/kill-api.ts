import { setTimeout as delay } from 'node:timers/promises';
import { runBatches } from '../batches.ts';
import type { Row } from '../row.ts';

export const row: Row = {
  name: 'kill-api',
  order: 1,
  fault: 'kill -9 of an API process at random moments; its clients ask again with their idempotency keys',
  trial: 'one kill among requests under way',
  // Workers and API processes together: 500 with each queue.
  wanted: 250,
  drivers: ['pg-boss', 'bullmq'],
  run: (run) =>
    runBatches(run, {
      trialsInBatch: 15,
      // Somebody must be there to be struck, and at work for a while.
      pauseMs: [0, 0],
      shape: { apis: 2, workers: 1 },
      async trial({ cluster, random, struck }) {
        await cluster.oneReady(cluster.apis, random);
        await delay(random.between(100, 1_500));
        const victims = random.chance(0.15) ? cluster.apis : [await cluster.oneReady(cluster.apis, random)];
        struck();
        for (const victim of victims) {
          if (!victim.isAlive || !victim.ready) continue;
          await victim.end('SIGKILL');
          cluster.revive(victim, random.between(0, 200));
        }
      },
    }),
};
