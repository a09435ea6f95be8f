import { setTimeout as delay } from 'node:timers/promises';
import { CHAOS_POLICY } from '../policy.ts';
import { runBatches } from '../batches.ts';
import type { Row } from '../row.ts';

const LEASE_MS = CHAOS_POLICY.leaseMs ?? 0;

export const row: Row = {
  name: 'zombie',
  order: 5,
  fault: 'a worker is stopped (SIGSTOP) for longer than its leases, then goes on (SIGCONT)',
  trial: 'one worker stopped among calls under way, while others take over what it held',
  wanted: 100,
  drivers: ['pg-boss'],
  run: (run) =>
    runBatches(run, {
      // Answers that take their time: what is stopped is mostly in the midst of a call.
      lanes: 3,
      async trial({ cluster, random, struck }) {
        for (const hospital of cluster.hospitals) {
          await hospital.fault({ on: 'any', fault: 'slow', rate: 0.5, afterMs: random.between(50, 600) });
        }
        await delay(random.between(300, 900));
        const zombie = await cluster.oneReady(cluster.workers, random);
        struck();
        zombie.signal('SIGSTOP');
        for (const hospital of cluster.hospitals) await hospital.clearFaults();
        await delay(LEASE_MS + random.between(300, 2_500));
        zombie.signal('SIGCONT');
      },
    }),
};
