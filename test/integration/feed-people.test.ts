/** Patients as a hospital tells of them (ADT): their data, their keys, and two that turn out to be one. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openFeed } from '../../src/ledger/notices-feed.ts';
import { HIS_KEY } from '../../src/ledger/work-order.ts';
import { Sender, startInbound, type Inbound } from '../support/inbound.ts';
import { insertIdentifier, insertPatient, readFields } from '../support/keys.ts';

let inbound: Inbound;
let sender: Sender;
let connectionId: string;
let organizationId: string;
const NAME = 'PEOPLE';
let nth = 0;
beforeAll(async () => {
  inbound = await startInbound();
  ({ connectionId, organizationId } = await inbound.addHospital(NAME));
  sender = new Sender(inbound.listener.port);
  for (const deadline = Date.now() + 10_000; (await sender.send(adt('A01', 0))).code !== 'AA'; await delay(50)) {
    if (Date.now() > deadline) throw new Error('the listener does not know the hospital');
  }
  await sender.send(siu('S24', 'OPEN', 0));
  await inbound.applied();
});
afterAll(async () => {
  sender.close();
  await inbound.stop();
});

const head = (type: string, minute: number): string =>
  `MSH|^~\\&|${NAME}|${NAME}|TESSERA|TESSERA|2027030109${String(minute).padStart(2, '0')}00+0000||${type}|M${(nth += 1)}|P|2.5.1`;
const adt = (event: string, minute: number, ...segments: readonly string[]): string =>
  [head(`ADT^${event}`, minute), ...segments].join('\r');
const siu = (event: string, key: string, minute: number, pid = ''): string =>
  [
    head(`SIU^${event}`, minute),
    `SCH||${key}|||||||30|min|^^30^20270308090000+0000`,
    ...(pid ? [pid] : []),
    'RGS|1|A',
    'AIP|1|A|17^Gray^Ann',
    'AIL|1|A|AMB1',
  ].join('\r');

async function tell(text: string): Promise<void> {
  expect((await sender.send(text)).code).toBe('AA');
  await inbound.applied();
}

/** A patient of the hub; `hisKey`: what the hospital calls it. */
async function patient(hisKey?: string): Promise<string> {
  const id = randomUUID();
  const { db } = inbound.database;
  const name = { given: ['Erika'], family: 'Test' };
  const fields = { id, name, birthDate: '1980-01-01', email: `${id}@example.org`, phone: '+4930111' };
  await insertPatient(db, organizationId, fields);
  if (hisKey !== undefined) await insertIdentifier(db, id, connectionId, HIS_KEY, hisKey);
  return id;
}

async function appointmentOf(patientId: string): Promise<string> {
  const id = randomUUID();
  await inbound.database.db.query(
    `insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at, mode, status, created_by)
     select $1, organization_id, connection_id, $3, id, provider_id, location_id, start_at, end_at, mode, 'booked', 'test' from slot where connection_id = $2 limit 1`,
    [id, connectionId, patientId],
  );
  return id;
}

const row = async (id: string) => {
  const { name, birthDate, email, phone, version } = await readFields(inbound.database.db, id);
  return { given: name.given, family: name.family, birth_date: birthDate, email, phone, version };
};
const patientOf = async (appointmentId: string) =>
  (
    await inbound.database.db.query<{ patient_id: string; version: number }>(
      'select patient_id, version from appointment where id = $1',
      [appointmentId],
    )
  ).rows[0];
const heardOf = async (key: string) =>
  (await openFeed(inbound.feeding, connectionId).aboutPatient(key, '2027-03-08T09:00:00Z')).map(
    ({ externalId }) => externalId,
  );

let own: string;
let ownKey: string;
beforeEach(async () => {
  ownKey = `MRN-${randomUUID()}`;
  own = await patient(ownKey);
});

test('what has changed is changed here, and only that; what comes too late changes nothing', async () => {
  await tell(adt('A08', 10, `PID|1||${ownKey}^^^HIS^MR||Neu^Erika^Maria||19800102||||||030 9|`));
  expect(await row(own)).toEqual({
    given: ['Erika', 'Maria'],
    family: 'Neu',
    birth_date: '1980-01-02',
    email: `${own}@example.org`,
    phone: '+4930111',
    version: 2,
  });
  await tell(adt('A31', 5, `PID|1||${ownKey}^^^HIS^MR||Alt^Erika||19800101`));
  expect(await row(own)).toMatchObject({ family: 'Neu', version: 2 });
  await tell(adt('A08', 11, `PID|1||${ownKey}^^^HIS^MR||Neu^Erika^Maria||19800102`));
  expect(await row(own)).toMatchObject({ version: 2 });
});

test('nobody becomes a patient of the hub by being told of, and nobody gets the mail address of another', async () => {
  const count = async () => (await inbound.database.db.query('select 1 from patient')).rowCount;
  const before = await count();
  await tell(adt('A04', 1, `PID|1||${randomUUID()}^^^HIS^MR||Fremd^Anna||19900101`));
  await tell(adt('A28', 1, `PID|1||${randomUUID()}^^^HIS^MR||Fremd^Berta||19900101`));
  expect(await count()).toBe(before);
  const other = await patient(`MRN-${randomUUID()}`);
  await tell(adt('A08', 1, `PID|1||${ownKey}^^^HIS^MR||||||||||^NET^Internet^${other}@example.org`));
  expect(await row(own)).toMatchObject({ email: `${own}@example.org`, version: 1 });
});

test('two who are one: the appointments at this hospital follow the one who is left, and the retired key names that one', async () => {
  const goneKey = `MRN-${randomUUID()}`;
  const gone = await patient(goneKey);
  const appointment = await appointmentOf(gone);
  await tell(siu('S12', `SIU-${goneKey}`, 2, `PID|1||${goneKey}^^^HIS^MR`));
  await tell(adt('A40', 10, `PID|1||${ownKey}^^^HIS^MR`, `MRG|${goneKey}^^^HIS^MR`));
  expect(await patientOf(appointment)).toEqual({ patient_id: own, version: 2 });
  // What is told later under the retired key is of the one who is left, and what was told before it is, too.
  await tell(siu('S12', `LATE-${goneKey}`, 11, `PID|1||${goneKey}^^^HIS^MR`));
  expect(await heardOf(goneKey)).toEqual([`SIU-${goneKey}`, `LATE-${goneKey}`]);
  expect(await heardOf(ownKey)).toEqual(await heardOf(goneKey));
  const events = await inbound.database.db.query<{ data: object }>(
    `select data from event where type = 'patient.merged' and data ->> 'patientId' = $1`,
    [own],
  );
  expect(events.rows).toEqual([{ data: { patientId: own, mergedPatientId: gone, moved: 1 } }]);
});

test('a chain of merges ends at its last one; told twice, it is the same', async () => {
  const [a, b] = [`A-${randomUUID()}`, `B-${randomUUID()}`];
  const [first, second] = [await patient(a), await patient(b)];
  const [one, two] = [await appointmentOf(first), await appointmentOf(second)];
  await tell(adt('A40', 10, `PID|1||${b}^^^HIS^MR`, `MRG|${a}^^^HIS^MR`));
  const last = adt('A40', 11, `PID|1||${ownKey}^^^HIS^MR`, `MRG|${b}^^^HIS^MR`);
  await tell(last);
  await tell(last.replace(/\|M\d+\|/, '|AGAIN|'));
  expect([(await patientOf(one))?.patient_id, (await patientOf(two))?.patient_id]).toEqual([own, own]);
  await tell(siu('S12', `LATE-${a}`, 12, `PID|1||${a}^^^HIS^MR`));
  expect(await heardOf(a)).toEqual([`LATE-${a}`]);
});

test('a patient whose new key nobody knows keeps its appointments, and is named by both keys', async () => {
  const appointment = await appointmentOf(own);
  const fresh = `NEW-${randomUUID()}`;
  await tell(adt('A40', 10, `PID|1||${fresh}^^^HIS^MR`, `MRG|${ownKey}^^^HIS^MR`));
  expect(await patientOf(appointment)).toEqual({ patient_id: own, version: 1 });
  await tell(siu('S12', `S-${fresh}`, 11, `PID|1||${fresh}^^^HIS^MR`));
  await tell(siu('S12', `T-${fresh}`, 12, `PID|1||${ownKey}^^^HIS^MR`));
  expect(await heardOf(fresh)).toEqual([`S-${fresh}`, `T-${fresh}`]);
  expect(await heardOf(ownKey)).toEqual([`S-${fresh}`, `T-${fresh}`]);
});

test('a merge of two whom the hub does not know is kept, and changes nothing', async () => {
  const before = await row(own);
  await tell(adt('A40', 10, `PID|1||${randomUUID()}^^^HIS^MR`, `MRG|${randomUUID()}^^^HIS^MR`));
  expect(await row(own)).toEqual(before);
});
