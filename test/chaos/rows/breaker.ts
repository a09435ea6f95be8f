import { setTimeout as delay } from 'node:timers/promises';
import { runBatches } from '../batches.ts';
import { book, bookAll, patientsFor, refresh, takeSlots } from '../many.ts';
import type { Row } from '../row.ts';

/** At once, so that the breaker has enough calls to count; below, a failure rate means nothing to it. */
const CALLS = 16;
const PARKED_WITHIN_MS = 30_000;
const BOOKED_WITHIN_MS = 15_000;

export const row: Row = {
  name: 'breaker',
  order: 13,
  fault: 'a HIS is down until the breaker of its connection is open; bookings go on at another',
  trial: 'one outage: the booking at the other HIS is there within 15 s, and what waited goes out afterwards',
  wanted: 200,
  drivers: ['pg-boss'],
  run: (run) =>
    runBatches(run, {
      shape: { apis: 1, workers: 1 },
      trialsInBatch: 5,
      lanes: 1,
      async trial({ cluster, traffic, random, struck }) {
        const sick = random.pick(cluster.hospitals);
        const other = random.pick(cluster.sandbox.connections.filter(({ key }) => key !== sick.key)).key;
        const waiting = await patientsFor(traffic, random, takeSlots(traffic, sick.key, CALLS));
        const [wanted] = await patientsFor(traffic, random, takeSlots(traffic, other, 1));
        if (!wanted) throw new Error(`${other} has no free slots`);
        await sick.fault({ on: 'any', fault: 'down' });
        struck();
        await bookAll(traffic, sick.key, waiting);
        for (const deadline = Date.now() + PARKED_WITHIN_MS; ; await delay(100)) {
          const asked = await traffic.client.ask({
            method: 'GET',
            path: `/v1/connections/${sick.connectionId}`,
            role: 'support',
          });
          if ((asked.body as { state: string }).state === 'parked') break;
          if (Date.now() > deadline) throw new Error(`${sick.key} is down, and its connection is not parked`);
        }
        const booked = await book(traffic, other, wanted.slot, wanted.patientId);
        if (!booked) throw new Error(`a booking at ${other} was refused`);
        for (const deadline = Date.now() + BOOKED_WITHIN_MS; ; await delay(150)) {
          const { status } = await refresh(traffic, booked);
          if (status === 'booked') break;
          if (Date.now() < deadline) continue;
          const { body } = await traffic.client.ask({
            method: 'GET',
            path: `/v1/transactions/${booked.transactionId}/timeline`,
            role: 'support',
          });
          run.tally.violate(
            run.seed,
            'I9',
            `${booked.transactionId} at ${other} is ${status} after ${BOOKED_WITHIN_MS / 1000} s, while ${sick.key} is down; attempts: ${story(body)}`,
          );
          break;
        }
        await sick.clearFaults();
      },
    }),
};

/** So that who reads of a violation knows whether it was never begun, or had a fate of its own. */
function story(timeline: unknown): string {
  const { items = [] } = timeline as { readonly items?: readonly { readonly kind: string }[] };
  return JSON.stringify(items.filter(({ kind }) => kind === 'attempt'));
}
