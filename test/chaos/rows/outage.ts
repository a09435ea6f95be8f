import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../batches.ts';
import type { Cluster } from '../cluster.ts';
import type { Effects } from '../hospital.ts';
import { judge } from '../judge.ts';
import {
  book,
  bookAll,
  change,
  engageDoctors,
  inLanes,
  patientsFor,
  refresh,
  takeSlots,
  type Booked,
} from '../many.ts';
import { seeded } from '../random.ts';
import type { Row, RowRun } from '../row.ts';
import { SETTLED_WITHIN_MS, untilSettled } from '../settle.ts';
import type { PoolSlot } from '../slot-pool.ts';
import { Journal } from '../story.ts';
import { Traffic } from '../traffic.ts';

const KEYS = ['cerner', 'xml-his'] as const;
/** By its journal one write can be told from another; at a SOAP service all go to one path. */
const TELLS_WRITES = 'cerner';
const OPERATIONS_MAX = 10_000;
/** What is asked for one appointment while the HIS is away, how many operations that is, and in how many of ten cases. */
const ASKED = [
  { what: 'book', operations: 1, share: 4 },
  { what: 'book and cancel', operations: 2, share: 3 },
  { what: 'move', operations: 1, share: 1 },
  { what: 'cancel', operations: 1, share: 1 },
  { what: 'book and move', operations: 2, share: 1 },
] as const;
/** A thousand at once are no reason to take an answer for lost. */
const PATIENT = { writeDeadlineMs: 5_000, readDeadlineMs: 5_000, leaseMs: 7_000 };
type What = (typeof ASKED)[number]['what'];
const OPERATIONS_OF_TEN = ASKED.reduce((sum, { operations, share }) => sum + operations * share, 0);
/** Of draining, beside what a judgement waits. */
const MS_PER_OPERATION = 100;

export const row: Row = {
  name: 'outage',
  order: 12,
  fault: 'two hospitals are down while 10,000 operations are asked for: bookings, cancellations of what waits, moves',
  trial:
    'one queued operation; afterwards what was booked and cancelled unsent was never sent, and the HIS holds what the hub says',
  wanted: OPERATIONS_MAX,
  drivers: ['pg-boss', 'bullmq'],
  async run(run) {
    for (let seed = run.seed; run.tally.trials < run.trials && !run.ending.aborted; seed += 1) {
      const violations = run.tally.violations.length;
      await outage(run, seed, Math.min(OPERATIONS_MAX, run.trials - run.tally.trials));
      if (run.tally.violations.length > violations) return;
    }
  },
};

async function outage(run: RowRun, seed: number, operations: number): Promise<void> {
  await using owned = await run.cluster({ apis: 1, workers: 2, policy: PATIENT });
  const { cluster } = owned;
  const random = seeded(seed);
  const tens = Math.ceil(operations / OPERATIONS_OF_TEN / KEYS.length);
  const slotsEach = tens * 12;
  for (const key of KEYS) await engageDoctors(cluster, key, slotsEach);
  const traffic = await Traffic.open(cluster, new Journal(), slotsEach);
  const asked = new Map<What, Booked[]>(ASKED.map(({ what }) => [what, []]));
  const jobs: (() => Promise<void>)[] = [];
  for (const key of KEYS) {
    const orders = await patientsFor(traffic, random, takeSlots(traffic, key, tens * 10));
    const existing = await bookAll(traffic, key, orders.splice(0, tens * 2));
    for (const booked of existing)
      jobs.push(changing(traffic, key, booked, jobs.length % 2 === 0 ? 'move' : 'cancel', asked));
    for (const [nth, { slot, patientId }] of orders.entries()) {
      const what = nth % 8 < 4 ? 'book' : nth % 8 < 7 ? 'book and cancel' : 'book and move';
      jobs.push(booking(traffic, key, slot, patientId, what, asked));
    }
  }
  const left = await untilSettled(cluster);
  if (left.length > 0) throw new Error(`not booked before the outage: ${left.join(', ')}`);

  const since = Date.now();
  for (const key of KEYS) await cluster.hospital(key).fault({ on: 'any', fault: 'down' });
  await inLanes(jobs, (job) => job());
  const counted = [...asked.values()].flat().flatMap(({ story }) => story.answers.filter(({ at }) => at >= since));
  run.tally.trials += counted.length;
  run.say(
    `${counted.length} operations asked for in ${Math.round((Date.now() - since) / 1000)} s; the hospitals come back`,
  );
  await untilNothingIsInHand(cluster);
  const backAt = Date.now();
  for (const key of KEYS) await cluster.hospital(key).clearFaults();
  await untilSettled(cluster, SETTLED_WITHIN_MS + operations * MS_PER_OPERATION);
  run.tally.notes['drained in s'] = Math.round((Date.now() - backAt) / 1000);
  await sentOnlyWhatWasNeeded(run, cluster, seed, asked, since);
  await judge({ cluster, traffic, tally: run.tally, random, seed, since, faultsAt: [backAt] });
  if (run.tally.violations.length > 0) await explain(run, cluster);
  run.say(`judged: ${run.tally.trials} operations, ${run.tally.violations.length} violations`);
}

/** A call that began before its booking was cancelled is not unsent: it ends while nobody is there to take it. */
async function untilNothingIsInHand(cluster: Cluster): Promise<void> {
  for (let sending = 1; sending > 0;) {
    await delay(50);
    const { rows } = await cluster.db.query<{ sending: number }>(
      `select count(*) as sending from transaction where state = 'sending'`,
    );
    sending = rows[0]?.sending ?? 0;
  }
}

type Asked = Map<What, Booked[]>;

const changing = (traffic: Traffic, key: string, booked: Booked, what: 'move' | 'cancel', asked: Asked) => async () => {
  await refresh(traffic, booked);
  const wanted =
    what === 'move' ? { method: 'PATCH' as const, slotId: another(traffic, key).id } : { method: 'DELETE' as const };
  if (await change(traffic, booked, wanted)) asked.get(what)?.push(booked);
};

const booking =
  (traffic: Traffic, key: string, slot: PoolSlot, patientId: string, what: What, asked: Asked) => async () => {
    const booked = await book(traffic, key, slot, patientId);
    if (!booked) return;
    if (what === 'book and cancel') await change(traffic, booked, { method: 'DELETE' });
    if (what === 'book and move') await change(traffic, booked, { method: 'PATCH', slotId: another(traffic, key).id });
    asked.get(what)?.push(booked);
  };

const another = (traffic: Traffic, key: string): PoolSlot => takeSlots(traffic, key, 1)[0] as PoolSlot;

/** By the journals of the hospitals: of a booking and its cancellation nothing came; of the others each write came once. */
async function sentOnlyWhatWasNeeded(run: RowRun, cluster: Cluster, seed: number, asked: Asked, since: number) {
  const unsent = new Set((asked.get('book and cancel') ?? []).flatMap(({ story }) => story.transactionIds));
  let sent = 0;
  for (const key of KEYS) {
    const { requests } = await cluster.hospital(key).effects();
    const times = new Map<string, number>();
    for (const request of requests) {
      if (Date.parse(request.at) < since || request.transactionId === null || isRead(request)) continue;
      const write = `${request.transactionId} ${request.method} ${request.path}`;
      times.set(write, (times.get(write) ?? 0) + 1);
    }
    for (const [write, count] of times) {
      const [id = ''] = write.split(' ');
      if (unsent.has(id)) run.tally.violate(seed, 'I6', `${key} was sent ${write}, which had been cancelled unsent`);
      else if (key === TELLS_WRITES && count > 1)
        run.tally.violate(seed, 'I3', `${key} was sent ${write} ${count} times`);
    }
    sent += new Set([...times.keys()].map((write) => write.split(' ')[0])).size;
  }
  run.tally.notes['never sent'] = Number(run.tally.notes['never sent'] ?? 0) + unsent.size;
  run.tally.notes['transactions sent'] = Number(run.tally.notes['transactions sent'] ?? 0) + sent;
}

const isRead = ({ method, path }: Effects['requests'][number]): boolean => method === 'GET' || path.endsWith('_search');
