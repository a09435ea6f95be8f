import { setTimeout as delay } from 'node:timers/promises';
import { runBatches } from '../batches.ts';
import type { Cluster } from '../cluster.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import type { Random } from '../random.ts';
import type { Row } from '../row.ts';

const FAULTS: Readonly<Record<string, (proxy: FaultProxy, random: Random) => void>> = {
  'black hole': (proxy) => proxy.blackHole('both'),
  // Requests arrive and are carried out, their answers do not come back; or the other way round.
  'one-way loss': (proxy, random) => proxy.blackHole(random.pick(['to-target', 'to-client'])),
  'half-open': (proxy) => proxy.halfOpen(),
  reset: (proxy, random) => {
    if (random.chance(0.5)) proxy.refuse();
    proxy.reset();
  },
  // Now and then longer than the deadline of a call.
  delay: (proxy, random) => proxy.delay(random.between(30, 1_300)),
};
/** Up to longer than a lease. */
const LASTS_MS = [200, 4_500] as const;

export const row: Row = {
  name: 'partition',
  order: 8,
  fault: 'hub–HIS and hub–Postgres in turn: black hole, one-way loss, half-open sockets, reset, delay, by a TCP proxy',
  trial: 'one fault of one network (now and then of all of a kind at once), healed after 0.2 to 4.5 s',
  wanted: 100,
  drivers: ['pg-boss', 'bullmq'],
  run(run) {
    let nth = 0;
    return runBatches(run, {
      shape: { apis: 2, workers: 2, databaseProxies: true, hospitalProxies: true },
      async trial({ cluster, random, struck }) {
        const side = nth % 2 === 0 ? 'hub–HIS' : 'hub–Postgres';
        nth += 1;
        run.tally.notes[side] = Number(run.tally.notes[side] ?? 0) + 1;
        const proxies = proxiesOf(cluster, side);
        const hit = random.chance(0.2) ? proxies : [random.pick(proxies)];
        const inject = FAULTS[random.pick(Object.keys(FAULTS))];
        struck();
        for (const proxy of hit) inject?.(proxy, random);
        await delay(random.between(...LASTS_MS));
        for (const proxy of hit) proxy.heal();
      },
    });
  },
};

const proxiesOf = (cluster: Cluster, side: 'hub–HIS' | 'hub–Postgres'): readonly FaultProxy[] => [
  ...(side === 'hub–HIS' ? cluster.hospitalProxies.values() : cluster.databaseProxyOf.values()),
];
