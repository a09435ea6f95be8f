import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { beginPolling, endPoll, takeDuePolls, takePoll, type PollLease } from '../../src/ledger/poll.ts';
import { tellFeeds } from '../../src/ledger/feed-silence.ts';
import { listSlots } from '../../src/queries/slots.ts';
import { freshenSlot } from '../../src/reconcile/freshen-slot.ts';
import { NoLongerReader } from '../../src/reconcile/hold-lease.ts';
import { readDuePage } from '../../src/reconcile/read-page.ts';
import { DriftBench, type Hospital } from '../support/drift-bench.ts';
import { driftingHis, slotOf } from '../support/drifting-his.ts';
import { misconfigured, scriptedHis } from '../support/scripted-his.ts';

const DAY_MS = 86_400_000;
/** Every band is due again at once, or never within a test. */
const SELDOM = 3_600_000;
let bench: DriftBench;

beforeAll(async () => {
  bench = await DriftBench.open();
});
afterAll(() => bench.close());

const take = async (hospital: Hospital): Promise<PollLease> => {
  const lease = await takePoll(hospital.parts.db, hospital.connectionId, 60_000);
  if (!lease) throw new Error('somebody else reads the hospital');
  return lease;
};

/** One page, as a poller reads it. */
async function page(hospital: Hospital): Promise<number | undefined> {
  const lease = await take(hospital);
  const band = await readDuePage(hospital.parts, lease, await hospital.connection());
  await endPoll(hospital.parts.db, lease);
  return band?.untilDays;
}

async function pages(hospital: Hospital): Promise<number[]> {
  const read: number[] = [];
  for (let band = await page(hospital); band !== undefined; band = await page(hospital)) read.push(band);
  return read;
}

const allDue = (hospital: Hospital) =>
  hospital.parts.db.query('update poll_band set due_at = now() where connection_id = $1', [hospital.connectionId]);

const plan = {
  poll: {
    bands: [
      { untilDays: 2, everyMs: SELDOM },
      { untilDays: 8, everyMs: SELDOM },
    ],
    pageDays: 2,
    directoryMs: SELDOM,
  },
};

test('each band is read in pages, one after the other, and nothing twice; then the connection counts as synchronised', async () => {
  const his = driftingHis('UTC', 2, 7);
  const hospital = await bench.hospital(his, plan);
  expect(await pages(hospital)).toEqual([0, 2, 8, 8, 8]);
  const spans = his.windows.map(({ from, to }) => (Date.parse(to) - Date.parse(from)) / DAY_MS);
  expect(spans).toEqual([2, 2, 2, 2]);
  expect(his.windows.slice(2).map((each) => each.from)).toEqual(his.windows.slice(1, -1).map((each) => each.to));
  expect((await hospital.slots()).map((slot) => slot.external_id)).toHaveLength(
    [...his.slots.values()].filter(({ start }) => Date.parse(start) < Date.now() + 8 * DAY_MS).length,
  );
  const { rows } = await hospital.parts.db.query(
    'select synchronised_at is not null as done from connection where id = $1',
    [hospital.connectionId],
  );
  expect(rows).toEqual([{ done: true }]);
  expect(await pages(hospital)).toEqual([]);
});

test('a process that dies is followed from where it was; what it still had in its hands is not written', async () => {
  const his = driftingHis('UTC', 1, 7);
  const hospital = await bench.hospital(his, plan);
  expect([await page(hospital), await page(hospital), await page(hospital)]).toEqual([0, 2, 8]);
  const dead = await take(hospital);
  await hospital.parts.db.query(`update poll set lease_until = now() - interval '1 second' where connection_id = $1`, [
    hospital.connectionId,
  ]);
  const before = his.windows.at(-1);
  expect(await page(hospital)).toBe(8);
  expect(his.windows.at(-1)?.from).toBe(before?.to);
  const late = readDuePage(hospital.parts, dead, await hospital.connection());
  await expect(late).rejects.toThrow(NoLongerReader);
});

test('of many who would read a HIS at once, one does', async () => {
  const his = driftingHis('UTC', 1, 1);
  const hospital = await bench.hospital(his, plan);
  const { db } = hospital.parts;
  await beginPolling(db, ['any']);
  const taken = (await Promise.all(Array.from({ length: 6 }, () => takeDuePolls(db, 50, 60_000)))).flat();
  expect(taken.filter((each) => each.connectionId === hospital.connectionId)).toHaveLength(1);
  expect(await takePoll(db, hospital.connectionId, 60_000)).toBeUndefined();
  for (const lease of taken) await endPoll(db, lease);
});

test('a first reading that fails is tried again by itself, later and later; and then all is there', async () => {
  const his = driftingHis('UTC', 1, 2);
  const hospital = await bench.hospital(his, plan);
  his.isAway = true;
  expect(await pages(hospital)).toEqual([0, 2, 8]);
  const waits = await hospital.parts.db.query<{ seconds: number; failures: number }>(
    `select ceil(extract(epoch from due_at - now()))::int as seconds, failures from poll_band where connection_id = $1 and until_days > 0`,
    [hospital.connectionId],
  );
  expect(waits.rows).toEqual([
    { seconds: 1, failures: 1 },
    { seconds: 1, failures: 1 },
  ]);
  his.isAway = false;
  await allDue(hospital);
  await pages(hospital);
  expect(await hospital.slots()).toHaveLength(his.slots.size);
});

test('what the HIS offers no more is taken, what it offers anew is free, and each is told once', async () => {
  const his = driftingHis('UTC', 2, 3);
  const hospital = await bench.hospital(his, plan);
  await pages(hospital);
  expect(await hospital.events('slot.changed')).toEqual([]);
  const [gone, held, claimed] = await hospital.slots();
  if (!gone || !held || !claimed) throw new Error('too few slots');
  const { db } = hospital.parts;
  await db.query(`update slot set held_until = now() + interval '5 minutes' where id = $1`, [held.id]);
  await db.query(`update slot set claimed = true, status = 'busy' where id = $1`, [claimed.id]);
  for (const each of [gone, held]) his.slots.delete(each.external_id);
  const added = slotOf('P-0', Date.parse(gone.start_at) + 15 * 60_000);
  his.slots.set(added.externalId, added);
  await allDue(hospital);
  await pages(hospital);
  const status = async (key: string) =>
    (await db.query<{ status: string }>('select status from slot where external_id = $1', [key])).rows[0]?.status;
  expect(await Promise.all([gone, held, claimed].map((each) => status(each.external_id)))).toEqual([
    'busy',
    'free',
    'busy',
  ]);
  expect(await status(added.externalId)).toBe('free');
  const told = await hospital.events('slot.changed');
  expect(
    told
      .map(({ slotId, status: now }) => `${slotId === gone.id ? 'gone' : 'other'} ${String(now)}`)
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['gone busy', 'other free']);
  await allDue(hospital);
  await pages(hospital);
  expect(await hospital.events('slot.changed')).toHaveLength(2);
});

test('a poll that shows everything an hour off takes nothing over, and says so in one row', async () => {
  const his = driftingHis('UTC', 2, 6);
  // One page: of two, one may end between the few slots of a day and where they are shown now.
  const bands = [{ untilDays: 8, everyMs: SELDOM }];
  const hospital = await bench.hospital(his, { poll: { ...plan.poll, bands, pageDays: 8 } });
  await pages(hospital);
  const before = await hospital.slots();
  his.shiftOf = () => 3_600_000;
  await allDue(hospital);
  await pages(hospital);
  expect(await hospital.slots()).toEqual(before);
  expect(await hospital.drift()).toMatchObject([{ kind: 'moved-outside', cause: 'zone-shift', state: 'open' }]);
});

test('a stale slot is asked about before it is booked; a fresh one is not', async () => {
  const his = driftingHis('UTC', 1, 1);
  const hospital = await bench.hospital(his, plan);
  await pages(hospital);
  const [gone, stays] = await hospital.slots();
  if (!gone || !stays) throw new Error('too few slots');
  const { db } = hospital.parts;
  const freshen = (id: string) => freshenSlot(hospital.parts, hospital.clinic.organizationId, id);
  his.slots.delete(gone.external_id);
  const asked = his.windows.length;
  await freshen(gone.id);
  expect(his.windows).toHaveLength(asked);
  await db.query(`update slot set as_of = now() - interval '1 hour' where connection_id = $1`, [hospital.connectionId]);
  const caller = hospital.clinic.caller('app');
  const found = async (maxAge?: number) =>
    (await listSlots(db, caller, { maxAge }, { limit: 200 })).items.map((slot) => [slot.id, slot.stale]);
  expect(await found()).toContainEqual([stays.id, true]);
  expect(await found(60)).toEqual([]);
  await Promise.all([freshen(gone.id), freshen(stays.id)]);
  expect(await found(60)).toEqual([[stays.id, false]]);
  his.isAway = true;
  const [other] = (await hospital.slots()).filter(({ id }) => id !== stays.id);
  await freshen(other?.id ?? '');
  expect(await found()).toContainEqual([other?.id, true]);
});

test('a stale slot is booked without a word of its HIS where that has no turn in time, or has settings that cannot be used', async () => {
  const his = driftingHis('UTC', 1, 1);
  const hospital = await bench.hospital(his, { ...plan, concurrency: 1 });
  await pages(hospital);
  const { db } = hospital.parts;
  await db.query(`update slot set as_of = now() - interval '1 hour' where connection_id = $1`, [hospital.connectionId]);
  const [slot] = await hospital.slots();
  const freshen = (parts = hospital.parts) => freshenSlot(parts, hospital.clinic.organizationId, slot?.id ?? '');
  const connection = await hospital.connection();
  const busy = Promise.withResolvers<void>();
  const other = connection.takeTurn(() => busy.promise);
  const asked = his.windows.length;
  await Promise.all([freshen(), freshen()]);
  expect([his.windows.length, connection.waiting]).toEqual([asked, 0]);
  busy.resolve();
  await other;
  const { connections } = scriptedHis(bench.ledger, [], misconfigured);
  await freshen({ ...hospital.parts, connections });
  expect((await hospital.slots()).map(({ id }) => id)).toContain(slot?.id);
});

test('a feed that falls silent is told of once, and once more when it is heard again', async () => {
  const his = driftingHis('UTC', 1, 1);
  const hospital = await bench.hospital(his, { feedSilentAfterMs: 60_000 }, true);
  const { db } = hospital.parts;
  const events = async () =>
    (
      await db.query<{ type: string }>(
        `select type from event where connection_id = $1 and type like 'connection.feed%' order by sequence`,
        [hospital.connectionId],
      )
    ).rows.map(({ type }) => type);
  const look = () => Promise.all([tellFeeds(db, ['any']), tellFeeds(db, ['any'])]);
  await look();
  expect(await events()).toEqual([]);
  await hospital.tell();
  await db.query(`update received_message set received_at = now() - interval '2 minutes' where connection_id = $1`, [
    hospital.connectionId,
  ]);
  await look();
  await look();
  expect(await events()).toEqual(['connection.feed_silent']);
  await hospital.tell();
  await look();
  await look();
  expect(await events()).toEqual(['connection.feed_silent', 'connection.feed_heard']);
});
