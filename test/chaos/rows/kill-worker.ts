import { setTimeout as delay } from 'node:timers/promises';
import { runBatches } from '../batches.ts';
import type { Row } from '../row.ts';

export const row: Row = {
  name: 'kill-worker',
  order: 2,
  fault: 'kill -9 of a worker (now and then of all of them) at random moments, four lookup profiles',
  trial: 'one kill among bookings, moves and cancellations under way at five hospitals',
  // Workers and API processes together: 500 with each queue.
  wanted: 250,
  drivers: ['pg-boss', 'bullmq'],
  run: (run) =>
    runBatches(run, {
      trialsInBatch: 15,
      // Somebody must be there to be struck, and at work for a while.
      pauseMs: [0, 0],
      async trial({ cluster, random, struck }) {
        await cluster.oneReady(cluster.workers, random);
        await delay(random.between(100, 1_500));
        const victims = random.chance(0.15) ? cluster.workers : [await cluster.oneReady(cluster.workers, random)];
        struck();
        for (const victim of victims) {
          if (!victim.isAlive || !victim.ready) continue;
          await victim.end('SIGKILL');
          cluster.revive(victim, random.between(0, 400));
        }
      },
    }),
};
