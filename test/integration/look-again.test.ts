/** A HIS looked at where something is said to have changed: only there, until it was read, and with what a reconciliation would do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askAboutChanges, dueLooks, endLooks, takeDueLooks } from '../../src/ledger/look-again.ts';
import { endPoll, takePoll } from '../../src/ledger/poll.ts';
import { lookAgain } from '../../src/reconcile/look-again.ts';
import { readDuePage } from '../../src/reconcile/read-page.ts';
import { DriftBench, type Hospital, type HubSlotRow } from '../support/drift-bench.ts';
import { driftingHis, type DriftingHis } from '../support/drifting-his.ts';

let bench: DriftBench;
beforeAll(async () => {
  bench = await DriftBench.open();
});
afterAll(() => bench.close());

const POLL = { poll: { bands: [{ untilDays: 21, everyMs: 3_600_000 }], pageDays: 21, directoryMs: 3_600_000 } };

/** A hospital that was read, with an appointment of the hub; what is known is a minute old. */
async function hospitalWith() {
  const his = driftingHis('UTC', 2, 6);
  const hospital = await bench.hospital(his, POLL);
  await hospital.synchronise();
  const [slot, other, free] = await hospital.slots();
  if (!slot || !other || !free) throw new Error('the hospital is too small');
  const id = await hospital.book(his, slot);
  const key = [...his.appointments.keys()].at(-1) ?? '';
  await aged(hospital);
  his.windows.length = 0;
  return { his, hospital, slot, other, free, id, key };
}

async function aged({ parts, connectionId }: Hospital): Promise<void> {
  const back = `- interval '1 minute' where connection_id = $1`;
  await parts.db.query(`update slot set as_of = as_of ${back}`, [connectionId]);
  await parts.db.query(`update appointment set updated_at = updated_at ${back}`, [connectionId]);
}

/** As a poller does it; false when nothing is due. */
async function look(hospital: Hospital): Promise<boolean> {
  const { parts, connectionId } = hospital;
  const leases = await takeDueLooks(parts.db, 10, 60_000);
  const mine = leases.find((each) => each.connectionId === connectionId);
  for (const lease of leases) {
    if (lease === mine) await lookAgain(parts, lease, await hospital.connection());
    await endPoll(parts.db, lease);
  }
  return mine !== undefined;
}

const ask = (hospital: Hospital, ...slots: readonly HubSlotRow[]) =>
  askAboutChanges(
    hospital.parts.db,
    hospital.connectionId,
    slots.map((slot) => ({ kind: 'slot', externalId: slot.external_id })),
  );
const cancelled = (his: DriftingHis, key: string): void => {
  const seen = his.appointments.get(key);
  if (seen) his.appointments.set(key, { ...seen, status: 'cancelled' });
};
const appointment = async ({ parts }: Hospital, id: string) =>
  (await parts.db.query('select status, slot_id from appointment where id = $1', [id])).rows[0];
const statusOf = async ({ parts }: Hospital, slot: HubSlotRow) =>
  (await parts.db.query('select status, claimed from slot where id = $1', [slot.id])).rows[0];

test('only the minute that is asked about is read; what is gone there is taken, and told once', async () => {
  const { his, hospital, free } = await hospitalWith();
  his.slots.delete(free.external_id);
  await ask(hospital, free);
  expect(await look(hospital)).toBe(true);
  expect(his.windows).toEqual([
    { from: free.start_at, to: new Date(Date.parse(free.start_at) + 60_000).toISOString() },
  ]);
  expect(await statusOf(hospital, free)).toEqual({ status: 'busy', claimed: false });
  expect(await hospital.events('slot.changed')).toMatchObject([{ slotId: free.id, status: 'busy' }]);
  expect(await look(hospital)).toBe(false);
});

test('an appointment that was cancelled there is cancelled here, its slot free, and nothing is said of others', async () => {
  const { his, hospital, slot, id, key } = await hospitalWith();
  cancelled(his, key);
  await ask(hospital, slot);
  await look(hospital);
  expect(await appointment(hospital, id)).toMatchObject({ status: 'cancelled' });
  expect(await statusOf(hospital, slot)).toEqual({ status: 'free', claimed: false });
  expect(await hospital.drift()).toMatchObject([{ kind: 'cancelled-outside', state: 'settled', appointment_id: id }]);
});

test('an appointment that was moved there is moved here when both places are looked at; from one alone nothing is concluded', async () => {
  const { his, hospital, slot, free, id, key } = await hospitalWith();
  const there = his.slots.get(free.external_id);
  const seen = his.appointments.get(key);
  if (!there || !seen) throw new Error('the hospital lacks what it was given');
  his.appointments.set(key, { ...seen, ...there, externalId: key, slotExternalId: free.external_id });
  await ask(hospital, slot);
  await look(hospital);
  expect(await appointment(hospital, id)).toMatchObject({ status: 'booked', slot_id: slot.id });
  await ask(hospital, free);
  await look(hospital);
  expect(await appointment(hospital, id)).toMatchObject({ status: 'booked', slot_id: free.id });
});

test('while the HIS is away it is asked again later; and what is asked meanwhile is not forgotten', async () => {
  const { his, hospital, free, other } = await hospitalWith();
  his.isAway = true;
  await ask(hospital, free);
  await look(hospital);
  expect(await look(hospital)).toBe(false);
  his.isAway = false;
  his.slots.delete(free.external_id);
  // Asked about again, it is due at once.
  await ask(hospital, free, other);
  expect(await look(hospital)).toBe(true);
  expect(await statusOf(hospital, free)).toMatchObject({ status: 'busy' });
});

test('what is asked for while somebody looks is looked at once more', async () => {
  const { hospital, free } = await hospitalWith();
  const { parts, connectionId } = hospital;
  await ask(hospital, free);
  const looks = await dueLooks(parts.db, connectionId);
  await ask(hospital, free);
  await endLooks(parts.db, connectionId, looks);
  expect(await look(hospital)).toBe(true);
  expect(await look(hospital)).toBe(false);
});

test('a poll that finds a slot of the hub offered has its appointment looked at', async () => {
  const { his, hospital, id, key } = await hospitalWith();
  const poll = async () => {
    const { parts, connectionId } = hospital;
    await parts.db.query('update poll_band set due_at = now() where connection_id = $1 and until_days > 0', [
      connectionId,
    ]);
    const lease = await takePoll(parts.db, connectionId, 60_000);
    if (!lease) throw new Error('somebody else reads the hospital');
    await readDuePage(parts, lease, await hospital.connection());
    await endPoll(parts.db, lease);
  };
  await poll();
  expect(await look(hospital)).toBe(false);
  cancelled(his, key);
  await poll();
  expect(await look(hospital)).toBe(true);
  expect(await appointment(hospital, id)).toMatchObject({ status: 'cancelled' });
});

test('a push of what the hub has booked itself is no question', async () => {
  const { hospital, slot } = await hospitalWith();
  await askAboutChanges(hospital.parts.db, hospital.connectionId, [
    { kind: 'slot', externalId: slot.external_id, now: 'taken', start: slot.start_at },
  ]);
  expect(await look(hospital)).toBe(false);
});
