/** A patient who is erased is gone from everything that can be read, also from a copy of the database; the ledger stays. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import { erasePatient, setLegalHold } from '../../src/commands/erase-patient.ts';
import { GroupBookings } from '../../src/commands/group-bookings.ts';
import { updatePatient } from '../../src/commands/patients.ts';
import { replayTransaction } from '../../src/commands/replay.ts';
import { readExchanges, writeAttemptResult } from '../../src/ledger/attempt-result.ts';
import { beginAttempt, lease } from '../../src/ledger/lease.ts';
import { openPatient, SEALED_MEMBERS, type SealedPatient } from '../../src/ledger/patient-fields.ts';
import { createSeal, type Seal } from '../../src/ledger/seal.ts';
import { readWorkOrder } from '../../src/ledger/work-order.ts';
import { exportPatient } from '../../src/queries/export-patient.ts';
import { readPatient } from '../../src/queries/patients.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertIdentifier, insertPatient } from '../support/keys.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';
import { untilWaiting } from '../support/until-waiting.ts';

const REASON = 'Asked for it';
let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const admin = () => bench.clinic.caller('admin');
const erase = (id: string) => erasePatient(bench.ledger, admin(), id, REASON);
const one = async (text: string, ...values: unknown[]) => (await database.db.query(text, values)).rows[0];

/** A patient with a booking that was sent to the HIS, and what was said there. */
async function treated() {
  const booked = await bench.book(undefined, 'Canary knee');
  const patientId = String(
    (await one('select patient_id from appointment where id = $1', booked.appointmentId))?.['patient_id'],
  );
  await insertIdentifier(database.db, patientId, bench.clinic.connectionId, 'urn:mrn', `M-${patientId}`);
  return { ...booked, patientId };
}

async function sent(transactionId: string, seal?: Seal): Promise<string> {
  const order = await readWorkOrder(database.db, bench.ledger, transactionId);
  const patient = { ...order.patient, ...(seal && { seal }) };
  const held = await lease(database.db, transactionId, 60_000);
  if (!held) throw new Error('the booking cannot be leased');
  const attempt = await beginAttempt(database.db, held, { step: 'book', leaseMs: 60_000, mappingVersion: undefined });
  const attemptId = attempt?.id ?? '';
  const result = { attemptId, class: 'success', durationMs: 1, exchanges: [{ body: 'Canary Bauer' }], patient };
  await writeAttemptResult(database.db, bench.ledger.seal, result);
  return attemptId;
}

test('an export has all of it: data, identifiers, appointments with their reasons, and what was exchanged', async () => {
  const { patientId, transactionId, appointmentId } = await treated();
  await sent(transactionId);
  const all = await exportPatient(bench.ledger, admin(), patientId);
  expect(all).toMatchObject({
    patient: {
      id: patientId,
      name: { family: 'Bauer' },
      identifiers: [{ system: 'urn:mrn', value: `M-${patientId}` }],
    },
    appointments: [{ id: appointmentId, reason: 'Canary knee' }],
    transactions: [{ id: transactionId, kind: 'book', attempts: [{ exchanges: [{ body: 'Canary Bauer' }] }] }],
  });
});

test('an export says of exchanges that cannot be opened that they cannot, and not that there were none', async () => {
  const { patientId, transactionId } = await treated();
  await sent(transactionId, createSeal(randomBytes(32)));
  const { transactions } = await exportPatient(bench.ledger, admin(), patientId);
  expect(transactions).toMatchObject([{ attempts: [{ exchanges: null }] }]);
});

test('an appointment ahead, a change that is not settled, and a legal hold forbid it, each with its reason', async () => {
  const { patientId, appointmentId, transactionId } = await treated();
  const early = await thrown(erase(patientId));
  expect([early.code, early.members]).toEqual(['state-conflict', { appointmentIds: [appointmentId] }]);
  await database.db.query(`update appointment set status = 'cancelled' where id = $1`, [appointmentId]);
  expect((await thrown(erase(patientId))).members).toEqual({ appointmentIds: [appointmentId] });
  await database.db.query(
    `update transaction set state = 'rejected', settled_at = now(), lease_token = null, lease_until = null where id = $1`,
    [transactionId],
  );

  await setLegalHold(bench.ledger, admin(), patientId, 'Retention until 2037');
  expect((await thrown(erase(patientId))).members).toEqual({ legalHold: 'Retention until 2037' });
  expect((await readPatient(bench.ledger, admin(), patientId)).name.family).toBe('Bauer');
  await setLegalHold(bench.ledger, admin(), patientId, null);
  expect(await erase(patientId)).toMatchObject({ patientId });
});

test('what is left are ids, times and states; nothing opens any more, not even in a copy of the rows from before', async () => {
  const { patientId, appointmentId, transactionId } = await treated();
  const attemptId = await sent(transactionId);
  await database.db.query(`update appointment set status = 'cancelled' where id = $1`, [appointmentId]);
  await database.db.query(
    `update transaction set state = 'rejected', settled_at = now(), lease_token = null, lease_until = null where id = $1`,
    [transactionId],
  );
  const backup = await one(
    `select json_build_object(${SEALED_MEMBERS}) as sealed from patient p left join patient_key pk on pk.patient_id = p.id where p.id = $1`,
    patientId,
  );
  const before = await one('select count(*) as events from event where appointment_id = $1', appointmentId);
  expect(await readExchanges(database.db, bench.ledger, attemptId)).toEqual([{ body: 'Canary Bauer' }]);

  const erasure = await erase(patientId);
  expect(await erase(patientId)).toEqual(erasure);
  expect((await thrown(readPatient(bench.ledger, admin(), patientId))).code).toBe('not-found');
  expect((await thrown(exportPatient(bench.ledger, admin(), patientId))).code).toBe('not-found');
  expect(await readExchanges(database.db, bench.ledger, attemptId)).toBe('erased');
  expect(await bench.appointment(appointmentId)).toMatchObject({ status: 'cancelled', reason: null });
  expect(await one('select count(*) as events from event where appointment_id = $1', appointmentId)).toEqual(before);
  expect(await one(`select count(*) as n from external_identifier where entity_id = $1`, patientId)).toEqual({ n: 0 });
  expect(
    await one(
      'select type from event where organization_id = $1 order by sequence desc limit 1',
      bench.clinic.organizationId,
    ),
  ).toEqual({
    type: 'patient.erased',
  });
  // A backup that leaves the keys out brings the rows back, and no key.
  const { sealed } = backup as unknown as { sealed: SealedPatient };
  expect(await openPatient(bench.ledger.keys, { ...sealed, key: null })).toBeUndefined();
  const stranger = await insertPatient(database.db, bench.clinic.organizationId);
  const other = await one(
    `select encode(wrapped, 'base64') as key, version from patient_key where patient_id = $1`,
    stranger,
  );
  const forged = { ...sealed, key: String(other?.['key']), keyVersion: Number(other?.['version']) };
  await expect(openPatient(bench.ledger.keys, forged)).rejects.toThrow();
});

test('that a patient was erased is neither changed nor deleted', async () => {
  const id = await insertPatient(database.db, bench.clinic.organizationId);
  await erase(id);
  await expect(database.db.query('delete from patient_erasure where patient_id = $1', [id])).rejects.toThrow();
  await expect(
    database.db.query('update patient_erasure set client_id = $2 where patient_id = $1', [id, 'x']),
  ).rejects.toThrow();
});

test('nobody books for a patient who was erased, and nobody changes one', async () => {
  const { patientId, appointmentId, transactionId } = await treated();
  await database.db.query(`update appointment set status = 'cancelled' where id = $1`, [appointmentId]);
  await database.db.query(`update transaction set state = 'rejected', settled_at = now() where id = $1`, [
    transactionId,
  ]);
  await erase(patientId);
  const booking = { slotId: await bench.slot(), patientId };
  const again = database.db.transaction((tx) => bookAppointment(tx, bench.ledger, admin(), randomUUID(), booking));
  expect((await thrown(again)).code).toBe('not-found');
  const plain = bench.plain(booking, admin());
  expect(await new GroupBookings(bench.ledger).book(plain)).toBeUndefined();
  const other = await bench.clinic.addPatient();
  expect(
    await new GroupBookings(bench.ledger).book({ ...plain, booking: { ...booking, patientId: other } }),
  ).toBeDefined();
  const person = { name: { given: ['A'], family: 'B' }, birthDate: '1980-01-01' };
  const change = updatePatient({ ...bench.ledger, updating: [] }, admin(), patientId, person);
  expect((await thrown(change)).code).toBe('not-found');
  expect((await thrown(setLegalHold(bench.ledger, admin(), patientId, 'late'))).code).toBe('not-found');
});

test('what has failed is not sent again for a patient who was erased meanwhile', async () => {
  const { transactionId, appointmentId } = await bench.failed();
  const patientId = String(
    (await one('select patient_id from appointment where id = $1', appointmentId))?.['patient_id'],
  );
  await erase(patientId);
  const refused = await thrown(replayTransaction(bench.ledger, bench.support, transactionId, { mode: 'same' }));
  expect([refused.code, refused.message]).toEqual(['state-conflict', expect.stringContaining('erased')]);
});

test('whoever has waited for an erasure finds nobody: a change, a booking alone, and one among others', async () => {
  const patientId = await bench.clinic.addPatient();
  const booking = { slotId: await bench.slot(), patientId };
  const person = { name: { given: ['A'], family: 'B' }, birthDate: '1980-01-01' };
  const waiting = await database.db.transaction(async (tx) => {
    await tx.query('select 1 from patient where id = $1 for update', [patientId]);
    const asked = [
      updatePatient({ ...bench.ledger, updating: [] }, admin(), patientId, person),
      database.db.transaction((own) => bookAppointment(own, bench.ledger, admin(), randomUUID(), booking)),
    ].map((each) => thrown(each));
    // It does not wait: it leaves the booking to the one that does.
    expect(await new GroupBookings(bench.ledger).book(bench.plain(booking, admin()))).toBeUndefined();
    await untilWaiting(database.db, 2);
    await tx.query('delete from patient_key where patient_id = $1', [patientId]);
    await tx.query('update patient set sealed = null where id = $1', [patientId]);
    return asked;
  });
  expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(['not-found', 'not-found']);
  expect(await one('select sealed from patient where id = $1', patientId)).toEqual({ sealed: null });
});
