import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import { listDrift } from '../../src/queries/drift.ts';
import { HIS_KEY } from '../../src/ledger/work-order.ts';
import { resolveDrift } from '../../src/reconcile/settle-drift.ts';
import { DriftBench, type Hospital } from '../support/drift-bench.ts';
import { driftingHis, type DriftingHis } from '../support/drifting-his.ts';
import { insertIdentifier } from '../support/keys.ts';
import { thrown } from '../support/thrown.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let bench: DriftBench;

beforeAll(async () => {
  bench = await DriftBench.open();
});
afterAll(() => bench.close());

interface Visit extends Record<string, unknown> {
  status: string;
  version: number;
  start: string;
  slot: string;
  patient: string;
}

async function visit(hospital: Hospital, id: string): Promise<Visit> {
  const { rows } = await hospital.parts.db.query<Visit>(
    `select a.status, a.version, a.start_at as start, s.external_id as slot, a.patient_id as patient
     from appointment a join slot s on s.id = a.slot_id where a.id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) throw new Error('no such appointment');
  return row;
}

async function booked(policy = {}) {
  const his = driftingHis('UTC', 2, 4);
  const hospital = await bench.hospital(his, policy);
  await hospital.synchronise();
  const slots = (await hospital.slots()).filter((_, index) => index % 2 === 0);
  const [slot, free] = slots;
  if (!slot || !free) throw new Error('too few slots');
  const id = await hospital.book(his, slot);
  const [key = ''] = his.appointments.keys();
  await past(hospital);
  return { his, hospital, slot, free, id, key };
}

/** What the hub has done by now is older than what it reads next. */
async function past({ parts: { db }, connectionId }: Hospital): Promise<void> {
  await db.query(`update slot set as_of = as_of - interval '1 minute' where connection_id = $1`, [connectionId]);
  await db.query(`update appointment set updated_at = updated_at - interval '1 minute' where connection_id = $1`, [
    connectionId,
  ]);
}

const change = (his: DriftingHis, key: string, what: object): void => {
  const seen = his.appointments.get(key);
  if (!seen) throw new Error('no such appointment at the HIS');
  his.appointments.set(key, { ...seen, ...what });
};

const at = (slot: { external_id: string; start_at: string; provider: string }) => ({
  start: slot.start_at,
  end: new Date(Date.parse(slot.start_at) + 1_800_000).toISOString(),
  slotExternalId: slot.external_id,
  providerExternalId: slot.provider,
});

test('HIS and hub that agree differ in nothing', async () => {
  const { hospital } = await booked();
  expect(await hospital.reconcile()).toEqual([]);
  expect(await hospital.events('reconciliation.finished')).toMatchObject([{ found: 0, open: 0, appointments: 1 }]);
});

test('cancelled at the HIS, it is cancelled here: a version on, its slot free again, and told', async () => {
  const { his, hospital, id, key, slot } = await booked();
  change(his, key, { status: 'cancelled' });
  expect(await hospital.reconcile()).toMatchObject([
    { kind: 'cancelled-outside', cause: 'edit-at-his', state: 'settled', settlement: 'his-wins' },
  ]);
  expect(await visit(hospital, id)).toMatchObject({ status: 'cancelled', version: 2 });
  expect((await hospital.slots()).map((each) => each.id)).toContain(slot.id);
  expect(await hospital.events('appointment.cancelled')).toHaveLength(1);
  await past(hospital);
  expect(await hospital.reconcile()).toEqual([]);
});

test('moved at the HIS, it is moved here, and both slots are as the HIS has them', async () => {
  const { his, hospital, id, key, slot, free } = await booked();
  change(his, key, at(free));
  expect(await hospital.reconcile()).toContainEqual(
    expect.objectContaining({ kind: 'moved-outside', state: 'settled', appointment_id: id }),
  );
  expect(await visit(hospital, id)).toMatchObject({ status: 'booked', version: 2, slot: free.external_id });
  const open = (await hospital.slots()).map((each) => each.id);
  expect([open.includes(slot.id), open.includes(free.id)]).toEqual([true, false]);
  expect(await hospital.events('appointment.rescheduled')).toHaveLength(1);
  await past(hospital);
  expect(await hospital.reconcile()).toEqual([]);
});

test.each([
  ['offered it at the new time before', true],
  ['never offered it at the new time', false],
])('moved together with its slot, which the HIS %s, it is moved here, and stays in its slot', async (_, wasOffered) => {
  const { his, hospital, id, key, slot } = await booked();
  const found = his.slots.get(slot.external_id);
  const seen = his.appointments.get(key);
  if (!found || !seen) throw new Error('the hospital has no such slot, or no such appointment');
  const [start, end] = [5.25, 5.75].map((hours) =>
    new Date(Date.parse(found.start) + hours * 3_600_000).toISOString(),
  ) as [string, string];
  his.slots.set(slot.external_id, { ...found, start, end });
  if (wasOffered) {
    his.appointments.delete(key);
    await hospital.synchronise();
    await past(hospital);
  }
  his.appointments.set(key, { ...seen, start, end });
  expect(await hospital.reconcile()).toMatchObject([
    { kind: 'moved-outside', state: 'settled', settlement: 'his-wins', appointment_id: id, obstacle: null },
  ]);
  const moved = await visit(hospital, id);
  expect(moved).toMatchObject({ status: 'booked', version: 2, slot: slot.external_id });
  expect(Date.parse(moved.start)).toBe(Date.parse(start));
  const owner = await hospital.parts.db.query(
    `select s.status, s.claimed, c.appointment_id as owner, s.start_at as start from slot s join slot_claim c on c.slot_id = s.id
     where s.id = $1`,
    [slot.id],
  );
  expect(owner.rows).toEqual([{ status: 'busy', claimed: true, owner: id, start: moved.start }]);
  expect(await hospital.events('appointment.rescheduled')).toHaveLength(1);
  await past(hospital);
  expect(await hospital.reconcile()).toEqual([]);
});

test('its slot given to another provider at the HIS, it goes with it', async () => {
  const { his, hospital, id, key, slot } = await booked();
  const other = slot.provider === 'P-0' ? 'P-1' : 'P-0';
  change(his, key, { providerExternalId: other });
  expect(await hospital.reconcile()).toMatchObject([{ kind: 'changed-provider', state: 'settled', obstacle: null }]);
  expect(await visit(hospital, id)).toMatchObject({ status: 'booked', version: 2, slot: slot.external_id });
  await past(hospital);
  expect(await hospital.reconcile()).toEqual([]);
});

test('another provider, another patient: each is its own kind', async () => {
  const { his, hospital, id, key, slot } = await booked();
  const other = (await hospital.slots()).find(
    (each) => each.start_at === slot.start_at && each.provider !== slot.provider,
  );
  if (!other) throw new Error('the other provider has no such slot');
  change(his, key, at(other));
  expect((await hospital.reconcile()).map((each) => each.kind)).toContain('changed-provider');
  expect(await visit(hospital, id)).toMatchObject({ slot: other.external_id, version: 2 });
  await past(hospital);

  const survivor = await hospital.clinic.addPatient();
  await insertIdentifier(hospital.parts.db, survivor, hospital.connectionId, HIS_KEY, 'Q-survivor');
  change(his, key, { patientExternalId: 'Q-survivor' });
  const [merged] = await hospital.reconcile();
  expect(merged).toMatchObject({ kind: 'patient-merged', state: 'open', settlement: 'ask' });
  expect((await visit(hospital, id)).patient).not.toBe(survivor);
  await resolveDrift(hospital.parts.db, hospital.clinic.caller('support'), merged?.id ?? '', 'his-wins');
  expect(await visit(hospital, id)).toMatchObject({ patient: survivor, version: 3 });
});

test('a provider with another name at the HIS has it here, and that it changed is written down', async () => {
  const { his, hospital } = await booked();
  const provider = his.providers.get('P-0');
  if (!provider) throw new Error('no such provider');
  his.providers.set('P-0', { ...provider, name: { given: ['Mary'], family: 'Somerville' } });
  expect(await hospital.reconcile()).toMatchObject([
    { kind: 'changed-provider', external_id: 'P-0', state: 'settled' },
  ]);
  expect(await hospital.events('provider.changed')).toHaveLength(1);
});

test('what the HIS does not know is a question; as the hub has it, it is asked no more', async () => {
  const { his, hospital, id, key } = await booked();
  his.appointments.delete(key);
  his.slots.clear();
  const rows = await hospital.reconcile();
  const unknown = rows.find((each) => each.kind === 'unknown-to-his');
  expect(unknown).toMatchObject({ state: 'open', settlement: 'ask', appointment_id: id });
  expect(await visit(hospital, id)).toMatchObject({ status: 'booked', version: 1 });
  const support = hospital.clinic.caller('support');
  await resolveDrift(hospital.parts.db, support, unknown?.id ?? '', 'hub-wins');
  await hospital.reconcile();
  expect(await hospital.drift(`state = 'open'`)).toEqual([]);
  const stranger = { ...support, organizationId: randomUUID() };
  expect(await thrown(resolveDrift(hospital.parts.db, stranger, unknown?.id ?? '', 'his-wins'))).toMatchObject({
    code: 'not-found',
  });
  expect((await listDrift(hospital.parts.db, stranger, {}, { limit: 50 })).items).toEqual([]);
});

test('a change under way is not touched, whatever the HIS shows meanwhile', async () => {
  const { his, hospital, id, key, slot } = await booked();
  change(his, key, { status: 'cancelled' });
  const { organizationId } = hospital.clinic;
  await hospital.parts.db.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id)
     values ($1, $2, $3, $4, 'app', 'cancel', 'queued', $5)`,
    [randomUUID(), organizationId, hospital.connectionId, id, slot.id],
  );
  expect((await hospital.reconcile()).filter((each) => each.appointment_id !== null)).toEqual([]);
  expect(await visit(hospital, id)).toMatchObject({ status: 'booked', version: 1 });
});

test('a booking under the hub’s reference that the hub has forgotten is found, and becomes an appointment when a person says so', async () => {
  const { his, hospital, free, key } = await booked();
  const seen = his.appointments.get(key);
  const transactionId = randomUUID();
  his.appointments.set('A-forgotten', {
    ...at(free),
    externalId: 'A-forgotten',
    status: 'booked',
    transactionId,
    ...(seen?.patientExternalId === undefined ? {} : { patientExternalId: seen.patientExternalId }),
  });
  const orphan = (await hospital.reconcile()).find((each) => each.kind === 'orphan-at-his');
  expect(orphan).toMatchObject({ state: 'open', settlement: 'ask', external_id: 'A-forgotten' });
  expect((await hospital.slots()).map((each) => each.id)).not.toContain(free.id);
  const support = hospital.clinic.caller('support');
  await resolveDrift(hospital.parts.db, support, orphan?.id ?? '', 'his-wins');
  const { rows } = await hospital.parts.db.query(
    `select status, external_id, slot_id from appointment where connection_id = $1 and external_id = 'A-forgotten'`,
    [hospital.connectionId],
  );
  expect(rows).toEqual([{ status: 'booked', external_id: 'A-forgotten', slot_id: free.id }]);
  await past(hospital);
  expect(await hospital.reconcile()).toEqual([]);
  expect(
    (await hospital.parts.db.query('select 1 from transaction where connection_id = $1', [hospital.connectionId]))
      .rowCount,
  ).toBe(0);
});

describe('what is cancelled here, and taken up again at the HIS,', () => {
  async function takenUpAgain(policy = {}) {
    const found = await booked(policy);
    const { hospital, id } = found;
    await hospital.parts.db.query(`update appointment set status = 'cancelled' where id = $1`, [id]);
    await hospital.parts.db.query('delete from slot_claim where appointment_id = $1', [id]);
    await hospital.parts.db.query('update slot set claimed = false where id = $1', [found.slot.id]);
    return found;
  }

  test('is a question, and stays cancelled though the HIS be believed: a person is told why', async () => {
    const { hospital, id } = await takenUpAgain();
    const [orphan] = await hospital.reconcile();
    expect(orphan).toMatchObject({ kind: 'orphan-at-his', state: 'open', settlement: 'ask', appointment_id: id });
    const support = hospital.clinic.caller('support');
    expect(await thrown(resolveDrift(hospital.parts.db, support, orphan?.id ?? '', 'his-wins'))).toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('appointment-over') as unknown,
    });
    expect(await visit(hospital, id)).toMatchObject({ status: 'cancelled', version: 1 });
    await resolveDrift(hospital.parts.db, support, orphan?.id ?? '', 'hub-wins');
    await hospital.reconcile();
    expect(await hospital.drift(`state = 'open'`)).toEqual([]);
  });

  test('keeps no reconciliation from its end, whatever the policy says', async () => {
    const { his, hospital, id, free } = await takenUpAgain({ drift: { 'orphan-at-his': 'his-wins' } });
    his.slots.delete(free.external_id);
    expect(await hospital.reconcile()).toMatchObject([
      { kind: 'ghost-slot', state: 'settled' },
      { kind: 'orphan-at-his', state: 'open', obstacle: 'appointment-over', appointment_id: id },
    ]);
    expect(await hospital.events('reconciliation.finished')).toMatchObject([{ settled: 1, open: 1 }]);
  });
});

test('a key that the hub has by now has nothing to follow: its appointment stays as it is', async () => {
  const { his, hospital, id, key } = await booked();
  const seen = his.appointments.get(key);
  if (!seen) throw new Error('no such appointment at the HIS');
  await hospital.parts.db.query('update appointment set external_id = null where id = $1', [id]);
  his.appointments.set(key, { ...seen, transactionId: randomUUID() });
  const orphan = (await hospital.reconcile()).find((each) => each.kind === 'orphan-at-his');
  await hospital.parts.db.query('update appointment set external_id = $2 where id = $1', [id, key]);
  await resolveDrift(hospital.parts.db, hospital.clinic.caller('support'), orphan?.id ?? '', 'his-wins');
  expect(await visit(hospital, id)).toMatchObject({ status: 'booked', version: 1 });
  expect(await hospital.drift(`kind = 'orphan-at-his'`)).toMatchObject([{ state: 'settled', settlement: 'his-wins' }]);
});

test('a policy that asks is heeded: the slot stays as it was until a person decides', async () => {
  const { his, hospital, free } = await booked({ drift: { 'ghost-slot': 'ask' } });
  his.slots.delete(free.external_id);
  const [ghost] = await hospital.reconcile();
  expect(ghost).toMatchObject({ kind: 'ghost-slot', state: 'open', settlement: 'ask' });
  expect((await hospital.slots()).map((each) => each.id)).toContain(free.id);
  await resolveDrift(hospital.parts.db, hospital.clinic.caller('support'), ghost?.id ?? '', 'his-wins');
  expect((await hospital.slots()).map((each) => each.id)).not.toContain(free.id);
});

test('what a person settles while the HIS is compared is not found once more', async () => {
  const { his, hospital, id, key } = await booked({ drift: { 'cancelled-outside': 'ask' } });
  change(his, key, { status: 'cancelled' });
  const [cancelled] = await hospital.reconcile();
  expect(cancelled).toMatchObject({ kind: 'cancelled-outside', state: 'open' });
  const { db } = hospital.parts;
  const settled = Promise.withResolvers<undefined>();
  const committing = Promise.withResolvers<undefined>();
  const late: Database = {
    ...db,
    transaction: (work) =>
      db.transaction(async (tx) => {
        const result = await work(tx);
        settled.resolve(undefined);
        await committing.promise;
        return result;
      }),
  };
  const resolving = resolveDrift(late, hospital.clinic.caller('support'), cancelled?.id ?? '', 'his-wins');
  await settled.promise;
  const comparing = hospital.reconcile();
  await untilWaiting(db, 1);
  committing.resolve(undefined);
  await resolving;
  expect(await comparing).toEqual([]);
  expect(await hospital.drift(`state = 'open'`)).toEqual([]);
  expect(await visit(hospital, id)).toMatchObject({ status: 'cancelled', version: 2 });
});
