/** Whose work something is that waits for a person: one person's at a time, told, and kept apart. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assignMessage, assignTransaction, type OwnerInput } from '../../src/commands/owners.ts';
import { dismissMessage } from '../../src/commands/messages.ts';
import { loadContracts } from '../../src/contracts.ts';
import type { Caller } from '../../src/domain/index.ts';
import { forgetMessages } from '../../src/ledger/forget-messages.ts';
import { listBlockedAppointments } from '../../src/queries/blocked-appointments.ts';
import { listMessages, readMessage } from '../../src/queries/messages.ts';
import { listOwners } from '../../src/queries/owners.ts';
import { countTransactions } from '../../src/queries/transaction-counts.ts';
import { listTransactions, readTimeline, readTransaction } from '../../src/queries/transactions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

const contracts = loadContracts('contracts');
let database: TestDatabase;
let bench: ReplayBench;
/** Two who sit next to each other. */
let [kim, lee]: Caller[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  bench = await ReplayBench.open(database.db);
  [kim, lee] = [await person('Kim'), await person('Lee')];
});
afterAll(() => database.drop());

const as = (caller: Caller | undefined): Caller => {
  if (!caller) throw new Error('nobody');
  return caller;
};
async function person(name: string, more: { role?: string; locations?: readonly string[] } = {}): Promise<Caller> {
  const id = randomUUID();
  await database.db.query(
    `insert into account (id, organization_id, email, name, role, location_ids) values ($1, $2, $3, $4, $5, $6)`,
    [id, bench.clinic.organizationId, `${id}@a.example`, name, more.role ?? 'support', more.locations ?? null],
  );
  return { ...bench.support, clientId: id };
}
async function inDoubt(): Promise<Asked> {
  const asked = await bench.book();
  await bench.end(asked, 'unresolvable', { errorCode: 'no-lookup' });
  return asked;
}
const assign = (caller: Caller | undefined, { transactionId }: Asked, input: OwnerInput) =>
  assignTransaction(database.db, as(caller), transactionId, input);
const ownerOf = async ({ transactionId }: Asked) =>
  (await readTransaction(database.db, as(kim), transactionId))['owner'];
const page = { limit: 50 };
async function heldMessage(): Promise<string> {
  const id = randomUUID();
  const { organizationId, connectionId } = bench.clinic;
  await database.db.query(
    `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, key_reused, kind, received_at)
     values ($1, $2, $3, $1::uuid::text, '', '', false, 'SIU^S12', now() - interval '1 hour')`,
    [id, organizationId, connectionId],
  );
  await database.db.query(
    `insert into held_message (received_message_id, organization_id, connection_id, code, detail) values ($1, $2, $3, 'unmapped-code', '')`,
    [id, organizationId, connectionId],
  );
  return id;
}

test('a transaction is taken, given to another and let go; each is told once, and shown as the contract says', async () => {
  const asked = await inDoubt();
  expect(await ownerOf(asked)).toBeNull();
  const [mine, hers] = [as(kim).clientId, as(lee).clientId];
  await assign(kim, asked, { userId: mine });
  await assign(kim, asked, { userId: mine });
  expect(await ownerOf(asked)).toEqual({ id: mine, name: 'Kim', since: expect.any(String) });
  const shown = await readTransaction(database.db, as(lee), asked.transactionId);
  const validate = contracts.validator('transaction');
  expect([validate(shown), validate.errors]).toEqual([true, null]);
  expect(await readTransaction(database.db, bench.app, asked.transactionId)).not.toHaveProperty('owner');
  await assign(kim, asked, { userId: hers, insteadOf: mine });
  expect(await ownerOf(asked)).toMatchObject({ name: 'Lee' });
  await assign(lee, asked, { userId: null, insteadOf: hers });
  expect(await ownerOf(asked)).toBeNull();
  const told = await database.db.query<{ data: object }>(
    `select data from event where transaction_id = $1 and type = 'work.assigned' order by sequence`,
    [asked.transactionId],
  );
  expect(told.rows.map((row) => row.data)).toEqual([
    { ownerId: mine, by: mine },
    { ownerId: hers, by: mine },
    { ownerId: null, by: hers },
  ]);
  expect((await bench.transaction(asked.transactionId)).state).toBe('needs_review');
});

test('of two who take the same at once one has it, and the other is told so', async () => {
  const asked = await inDoubt();
  const taken = await Promise.all(
    [kim, lee].map((each) => thrown(assign(each, asked, { userId: as(each).clientId })).catch(() => undefined)),
  );
  const owner = (await ownerOf(asked)) as { id: string };
  const refused = taken.filter((each) => each !== undefined);
  expect(refused).toMatchObject([{ code: 'state-conflict', members: { ownerId: owner.id } }]);
  // Who has looked since takes it over.
  const [winner, other] = owner.id === as(kim).clientId ? [kim, lee] : [lee, kim];
  await assign(other, asked, { userId: as(other).clientId, insteadOf: owner.id });
  expect(await thrown(assign(winner, asked, { userId: null, insteadOf: owner.id }))).toMatchObject({
    code: 'state-conflict',
    members: { ownerId: as(other).clientId },
  });
});

test('it is given only to people who are there and may see it; what is settled is taken by nobody, but let go', async () => {
  const asked = await inDoubt();
  const elsewhere = await bench.clinic.addLocation('Europe/Berlin');
  const bound = await person('Bound', { locations: [elsewhere] });
  const here = await person('Here', { locations: [bench.clinic.locationId] });
  const gone = await person('Gone');
  await database.db.query('update account set disabled_at = now() where id = $1', [gone.clientId]);
  const stranger = await ReplayBench.open(database.db);
  const others = [bound.clientId, gone.clientId, randomUUID(), 'nobody-known'];
  for (const userId of others)
    expect(await thrown(assign(kim, asked, { userId }))).toMatchObject({
      code: 'validation',
      errors: [{ pointer: '/userId' }],
    });
  await assign(kim, asked, { userId: here.clientId });
  expect(
    await thrown(assignTransaction(database.db, stranger.support, asked.transactionId, { userId: null })),
  ).toMatchObject({ code: 'not-found' });
  const names = async (caller: Caller) =>
    (await listOwners(database.db, caller, page)).items.map((each) => each['name']);
  expect(await names(as(kim))).toEqual(['Bound', 'Here', 'Kim', 'Lee']);
  expect(await names({ ...bound, locationIds: [elsewhere] })).toEqual(['Bound', 'Kim', 'Lee']);

  const done = await bench.booked();
  expect(await thrown(assign(kim, done, { userId: as(kim).clientId }))).toMatchObject({ code: 'state-conflict' });
  await assign(kim, done, { userId: null });
});

test('lists and counts show mine, another’s and nobody’s', async () => {
  const own = await ReplayBench.open(database.db);
  const [a, b] = [await own.book(), await own.book()];
  for (const each of [a, b]) await own.end(each, 'unresolvable');
  const me = { ...own.support, clientId: 'outside|me' };
  await assign(me, a, { userId: 'outside|me' });
  for (const [owner, expected] of [
    ['me', a],
    ['outside|me', a],
    ['nobody', b],
  ] as const) {
    const state = 'needs_review';
    const { items } = await listTransactions(database.db, me, { owner, state }, page);
    expect([owner, items.map((each) => each['id'])]).toEqual([owner, [expected.transactionId]]);
    const blocked = await listBlockedAppointments(database.db, me, { owner }, page);
    expect(blocked.items.map((each) => each['transactionId'])).toEqual([expected.transactionId]);
    expect((await countTransactions(database.db, me, { owner })).states).toEqual({ needs_review: 1 });
  }
  const { items } = await listTransactions(database.db, me, { owner: 'me' }, page);
  expect(items[0]?.['owner']).toMatchObject({ id: 'outside|me', name: null });
  expect((await listTransactions(database.db, me, { owner: 'somebody' }, page)).items).toEqual([]);
});

test('programs are not told who works on what', async () => {
  const own = await ReplayBench.open(database.db);
  const asked = await own.book();
  await own.end(asked, 'unresolvable');
  const me = { ...own.support, clientId: 'outside|me' };
  await assign(me, asked, { userId: 'outside|me' });
  const told = async (caller: Caller) =>
    JSON.stringify([
      await readTransaction(database.db, caller, asked.transactionId),
      await readTimeline(database.db, caller, asked.transactionId),
    ]);
  expect(await told(me)).toContain('outside|me');
  expect(await told(own.app)).not.toContain('outside|me');
  expect(await thrown(listTransactions(database.db, own.app, { owner: 'nobody' }, page))).toMatchObject({
    code: 'validation',
  });
});

test('a held message has an owner, too, who goes when it goes', async () => {
  const [id, free] = [await heldMessage(), await heldMessage()];
  await assignMessage(database.db, as(kim), id, { userId: as(kim).clientId });
  expect(await thrown(assignMessage(database.db, as(lee), id, { userId: as(lee).clientId }))).toMatchObject({
    code: 'state-conflict',
    members: { ownerId: as(kim).clientId },
  });
  const mine = await listMessages(database.db, as(kim), { owner: 'me' }, page);
  expect(mine.items).toMatchObject([{ id, owner: { name: 'Kim' } }]);
  const nobodys = await listMessages(database.db, as(kim), { owner: 'nobody', state: 'held' }, page);
  expect(nobodys.items.map((each) => each['id'])).toEqual([free]);
  const shown = await readMessage(database.db, as(kim), id);
  const validate = contracts.validator('received-message');
  expect([validate(shown), validate.errors]).toEqual([true, null]);

  await dismissMessage(database.db, as(kim), id);
  expect(
    await thrown(assignMessage(database.db, as(lee), id, { userId: as(lee).clientId, insteadOf: as(kim).clientId })),
  ).toMatchObject({ code: 'state-conflict' });
  await database.db.query(`update received_message set received_at = now() - interval '1000 days' where id = $1`, [id]);
  expect(await forgetMessages(database.db)).toBe(1);
  expect((await database.db.query('select 1 from work_owner where subject_id = $1', [id])).rowCount).toBe(0);
});
