/** Webhooks from the event's row to the endpoint: real Postgres, real sockets, the signature checked by the published library. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createWebhook, changeWebhook, deleteWebhook, rotateSecret } from '../../src/commands/webhooks.ts';
import type { NewWebhook, WebhookInput, WebhookParts } from '../../src/commands/webhooks.ts';
import { queueMissing, recoverDeliveries, resendDelivery, sendTest } from '../../src/commands/webhook-deliveries.ts';
import { loadContracts } from '../../src/contracts.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Caller, Log } from '../../src/domain/index.ts';
import { startFollowing } from '../../src/events/follower.ts';
import { LiveEvents } from '../../src/events/live.ts';
import { placeEvents } from '../../src/events/order.ts';
import { claimDeliveries } from '../../src/events/webhook-delivery.ts';
import { webhookFanOut } from '../../src/events/webhook-fan-out.ts';
import { WebhookSender } from '../../src/events/webhook-sender.ts';
import { appendEvents } from '../../src/ledger/event.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { listAttempts, listDeliveries, listWebhooks, readWebhook } from '../../src/queries/webhooks.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/queues.ts';
import { thrown } from '../support/thrown.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const contracts = loadContracts('contracts');
const seal = createSeal(randomBytes(32));
const ALL = { limit: 200 };

let database: TestDatabase;
let clinic: Clinic;
let admin: Caller;
let parts: WebhookParts;
let receiver: WebhookReceiver;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await new WebhookReceiver().start();
  // Every part twice, as in two processes.
  for (let process = 0; process < 2; process += 1) {
    const db = openDatabase(database.url, { onError: () => {} });
    const live = new LiveEvents(db, quiet);
    await live.start();
    const sender = new WebhookSender({ db, seal, log: quiet, rules: { allowLoopback: true } });
    sender.start();
    running.push(live, startFollowing(db, webhookFanOut(db), quiet), sender, { stop: () => db.close() });
  }
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
  admin = clinic.caller('admin');
  parts = { db: database.db, seal, eventTypes: contracts.eventTypes, urlProblem: () => Promise.resolve(undefined) };
});
afterEach(() => receiver.reactions.clear());
afterAll(async () => {
  for (const each of running) await each.stop();
  await receiver.stop();
  await database.drop();
});

let paths = 0;
async function hook(more: Partial<WebhookInput> = {}): Promise<NewWebhook & { readonly path: string }> {
  const path = `/hook-${(paths += 1)}`;
  return { path, ...(await createWebhook(parts, admin, { url: receiver.url + path, ...more })) };
}

const happen = (type: string, more: object = {}): Promise<void> =>
  database.db.transaction((tx) =>
    appendEvents(tx, [{ organizationId: clinic.organizationId, type, connectionId: clinic.connectionId, ...more }]),
  );

const received = (path: string, count: number): Promise<void> =>
  until(`${count} at ${path}`, () => Promise.resolve(receiver.at(path).length >= count), 15_000);

interface Row {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly type: string;
  readonly dueAt: string | null;
}
const deliveries = async (id: string): Promise<Row[]> =>
  (await listDeliveries(database.db, admin, id, {}, ALL)).items as unknown as Row[];
const settled = (id: string, state: string, count: number): Promise<void> =>
  until(`${count} ${state}`, async () => (await deliveries(id)).filter((each) => each.state === state).length >= count);
/** What is planned for later is due now. */
const hurry = (id: string): Promise<unknown> =>
  database.db
    .query(`update webhook_delivery set due_at = now() where webhook_id = $1 and state = 'pending'`, [id])
    .then(() => database.db.query('update webhook set resume_at = null where id = $1', [id]));

test('an event reaches those that want it: signed, thin, a CloudEvent; and nobody else', async () => {
  const wanted = await hook({ types: ['appointment.booked'] });
  const other = await hook({ types: ['appointment.cancelled'] });
  const everything = await hook();
  const elsewhere = await hook({ connectionId: await clinic.addConnection('his') });
  const stranger = await createClinic(database.db);
  const foreign = await createWebhook(parts, stranger.caller('admin'), { url: `${receiver.url}/stranger` });
  const appointmentId = randomUUID();
  await happen('appointment.booked', { appointmentId });
  await received(wanted.path, 1);
  await received(everything.path, 1);
  const [first] = receiver.at(wanted.path);
  if (!first) throw new Error('nothing came');
  expect(new Webhook(wanted.secret).verify(first.body, first.headers)).toMatchObject({
    specversion: '1.0',
    type: 'appointment.booked',
    subject: `appointments/${appointmentId}`,
    data: { appointmentId, connectionId: clinic.connectionId },
  });
  expect(() => new Webhook(everything.secret).verify(first.body, first.headers)).toThrow();
  const fits = contracts.validator('event');
  expect([fits(first.event), fits.errors]).toEqual([true, null]);
  expect(first.headers).toMatchObject({ 'webhook-id': first.event.id, 'content-type': 'application/json' });
  await settled(wanted.id, 'delivered', 1);
  for (const path of [other.path, elsewhere.path, '/stranger']) expect(receiver.at(path)).toEqual([]);
  expect(await listDeliveries(database.db, stranger.caller('admin'), foreign.id, {}, ALL)).toEqual({
    items: [],
    next: null,
  });
  const rows = (await listAttempts(database.db, admin, wanted.id, ALL)).items;
  expect(rows).toEqual([expect.objectContaining({ number: 1, status: 200, errorCode: null })]);
});

test('a type is matched as a whole, not by a part of it', async () => {
  const { id, path } = await hook({ types: ['appointment.rejected'] });
  await happen('appointment.change_rejected');
  await happen('appointment.rejected');
  await received(path, 1);
  await settled(id, 'delivered', 1);
  expect(receiver.at(path).map((each) => each.event.type)).toEqual(['appointment.rejected']);
});

test('the events of one appointment come in order and each again until it was taken; those of others go on meanwhile', async () => {
  const { id, path } = await hook();
  const [stuck, free] = [randomUUID(), randomUUID()];
  let refusals = 3;
  receiver.reactions.set(path, ({ event }) => {
    if (event.data['appointmentId'] !== stuck || refusals === 0) return 200;
    refusals -= 1;
    return 500;
  });
  const types = ['appointment.pending', 'appointment.booked', 'appointment.rescheduled', 'appointment.cancelled'];
  for (const type of types) {
    await happen(type, { appointmentId: stuck });
    await happen(type, { appointmentId: free });
  }
  const of = (appointmentId: string): string[] =>
    receiver.at(path).flatMap(({ event }) => (event.data['appointmentId'] === appointmentId ? [event.type] : []));
  await until('the others are through', () => Promise.resolve(of(free).length === 4));
  expect(of(free)).toEqual(types);
  expect(of(stuck)).toEqual(['appointment.pending']);
  await until('all are through', async () => {
    await hurry(id);
    return of(stuck).length === 7;
  });
  const [first, ...rest] = types;
  expect(of(stuck)).toEqual([first, first, first, first, ...rest]);
  await settled(id, 'delivered', 8);
  // The same id in every attempt: the receiver knows it again.
  const ids = receiver.at(path).filter((each) => each.event.data['appointmentId'] === stuck);
  expect(new Set(ids.slice(0, 4).map((each) => each.headers['webhook-id'])).size).toBe(1);
}, 30_000);

test('a dead endpoint and one that never answers slow nobody', async () => {
  const silent = await hook();
  receiver.reactions.set(silent.path, 'silence');
  const dead = await createWebhook(parts, admin, { url: 'http://127.0.0.1:1/' });
  const lively = await hook();
  const started = Date.now();
  for (let number = 0; number < 60; number += 1) await happen('slot.changed', { data: { number } });
  await received(lively.path, 60);
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(receiver.at(silent.path).length).toBeLessThanOrEqual(16 * 2);
  await until(
    'the dead one was tried',
    async () => (await listAttempts(database.db, admin, dead.id, ALL)).items.length > 0,
  );
  expect((await listAttempts(database.db, admin, dead.id, ALL)).items[0]).toMatchObject({
    status: null,
    errorCode: 'econnrefused',
  });
  // Past some failures it is asked now and then, not for each event.
  const attempts = (await listAttempts(database.db, admin, dead.id, ALL)).items.length;
  expect(attempts).toBeLessThan(40);
  await deleteWebhook(database.db, admin, dead.id);
  await deleteWebhook(database.db, admin, silent.id);
}, 30_000);

test('410 disables at once, and says so by an event; Retry-After of a 429 is kept to', async () => {
  const watch = await hook({ types: ['webhook.disabled'] });
  const gone = await hook();
  receiver.reactions.set(gone.path, 410);
  await happen('slot.changed');
  await until('disabled', async () => (await readWebhook(database.db, admin, gone.id))['state'] === 'disabled');
  expect(await readWebhook(database.db, admin, gone.id)).toMatchObject({ stateReason: 'gone', pending: 0 });
  await received(watch.path, 1);
  expect(receiver.at(watch.path)[0]?.event.data).toMatchObject({ webhookId: gone.id, reason: 'gone' });

  const busy = await hook();
  receiver.reactions.set(busy.path, { status: 429, headers: { 'retry-after': '3600' } });
  await happen('slot.changed');
  await received(busy.path, 1);
  await until('noted', async () => (await readWebhook(database.db, admin, busy.id))['failures'] === 1);
  const { resumesAt } = await readWebhook(database.db, admin, busy.id);
  expect(Date.parse(String(resumesAt)) - Date.now()).toBeGreaterThan(3_500_000);
});

test('what was given up comes by recover; what a disabled one missed by replay-missing; any one by resend', async () => {
  const { id, path } = await hook();
  const since = new Date(Date.now() - 60_000).toISOString();
  receiver.reactions.set(path, 500);
  await happen('slot.changed', { data: { label: 'given-up' } });
  await received(path, 1);
  await until('tried', async () => (await deliveries(id))[0]?.attempts === 1);
  await database.db.query(`update webhook_delivery set attempts = 9, due_at = now() where webhook_id = $1`, [id]);
  await settled(id, 'failed', 1);
  receiver.reactions.delete(path);
  await changeWebhook(parts, admin, id, { state: 'disabled' });
  expect((await thrown(recoverDeliveries(database.db, admin, id, since))).code).toBe('state-conflict');
  await happen('slot.changed', { data: { label: 'missed' } });
  await until('passed by', async () => {
    const [row] = (
      await database.db.query<{ done: boolean }>(
        `select c.position >= o.last_position and (select count(*) from event) = (select count(*) from event_position) as done
       from event_cursor c, event_order o where c.follower = 'webhooks'`,
      )
    ).rows;
    return row?.done === true;
  });
  expect(await deliveries(id)).toHaveLength(1);
  await changeWebhook(parts, admin, id, { state: 'enabled' });
  receiver.received.length = 0;
  expect(await recoverDeliveries(database.db, admin, id, since)).toBe(1);
  expect(await queueMissing(database.db, admin, id, since)).toBe(1);
  expect(await queueMissing(database.db, admin, id, since)).toBe(0);
  await settled(id, 'delivered', 2);
  expect(
    receiver
      .at(path)
      .map((each) => String(each.event.data['label']))
      .toSorted(),
  ).toEqual(['given-up', 'missed']);
  const [row] = await deliveries(id);
  await resendDelivery(database.db, admin, id, row?.id ?? '');
  await received(path, 3);
  expect(await recoverDeliveries(database.db, admin, id, since)).toBe(0);
}, 30_000);

test('the secret is rotated with an overlap, in which both verify; without one the old verifies no more', async () => {
  const { id, path, secret } = await hook();
  const next = await rotateSecret(parts, admin, id, 24);
  await sendTest(database.db, admin, id);
  await received(path, 1);
  const last = await rotateSecret(parts, admin, id, 0);
  await sendTest(database.db, admin, id);
  await received(path, 2);
  const verifies = (index: number, key: string): boolean => {
    const { body = '', headers = {} } = receiver.at(path)[index] ?? {};
    try {
      return new Webhook(key).verify(body, headers) !== undefined;
    } catch {
      return false;
    }
  };
  expect([secret, next, last].map((key) => verifies(0, key))).toEqual([true, true, false]);
  expect([secret, next, last].map((key) => verifies(1, key))).toEqual([false, false, true]);
  expect(receiver.at(path).map((each) => each.event.type)).toEqual(['webhook.test', 'webhook.test']);
});

test('an address that is not public any more is not called, however it got into the row', async () => {
  const { id, path } = await hook();
  await database.db.query('update webhook set url = $2 where id = $1', [
    id,
    'https://169.254.169.254/latest/meta-data/',
  ]);
  await happen('slot.changed');
  await until('tried', async () => (await listAttempts(database.db, admin, id, ALL)).items.length > 0);
  expect((await listAttempts(database.db, admin, id, ALL)).items[0]).toMatchObject({
    status: null,
    errorCode: 'address-not-public',
  });
  expect(receiver.at(path)).toEqual([]);
});

test('a delivery whose event has no position yet waits for it, and is not lost to a lease', async () => {
  const other = await createTestDatabase();
  try {
    const their = await createClinic(other.db);
    await createWebhook({ ...parts, db: other.db }, their.caller('admin'), { url: receiver.url });
    const [row] = (await other.db.query<{ id: string }>('select id from webhook')).rows;
    await sendTest(other.db, their.caller('admin'), row?.id ?? '');
    const claim = () => claimDeliveries(other.db, { busy: [], perWebhook: 8, limit: 8 });
    expect(await claim()).toEqual([]);
    await placeEvents(other.db);
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toEqual([]);
  } finally {
    await other.drop();
  }
});

test('a delivery of another organization, however it got into the table, is never sent', async () => {
  const { id, path } = await hook({ types: ['webhook.disabled'] });
  const stranger = await createClinic(database.db);
  await database.db.transaction(async (tx) => {
    await appendEvents(tx, [{ organizationId: stranger.organizationId, type: 'appointment.booked' }]);
    await tx.query(
      `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence)
       select gen_random_uuid(), $1, $2, max(sequence) from event`,
      [id, clinic.organizationId],
    );
  });
  await sendTest(database.db, admin, id);
  await received(path, 1);
  expect(receiver.at(path).map((each) => each.event.type)).toEqual(['webhook.test']);
});

describe('what is kept, and shown', () => {
  test('no secret in any answer, nor in clear in the database', async () => {
    const { id, secret } = await hook();
    const shown = [await readWebhook(database.db, admin, id), await listWebhooks(database.db, admin, ALL)];
    expect(JSON.stringify(shown)).not.toContain('whsec_');
    const dump = await database.db.query(`select encode(secret, 'escape') as text from webhook where id = $1`, [id]);
    expect(JSON.stringify(dump.rows)).not.toContain(secret.slice(6, 20));
  });

  test('another organization sees, changes and removes none of it', async () => {
    const { id } = await hook();
    const other = (await createClinic(database.db)).caller('admin');
    for (const attempt of [
      () => readWebhook(database.db, other, id),
      () => changeWebhook(parts, other, id, { types: [] }),
      () => deleteWebhook(database.db, other, id),
      () => rotateSecret(parts, other, id, 1),
      () => sendTest(database.db, other, id),
      () => listDeliveries(database.db, other, id, {}, ALL),
      () => listAttempts(database.db, other, id, ALL),
      () => recoverDeliveries(database.db, other, id, new Date().toISOString()),
    ])
      expect((await thrown(attempt)).code).toBe('not-found');
  });

  test('a URL that must not be called, an unknown type and a foreign connection are all told at once', async () => {
    const stranger = await createClinic(database.db);
    const refusing = { ...parts, urlProblem: () => Promise.resolve('expected an https URL') };
    const error = await thrown(
      createWebhook(refusing, admin, {
        url: 'http://10.0.0.1/',
        types: ['appointment.booked', 'appointment'],
        connectionId: stranger.connectionId,
      }),
    );
    expect(error.errors.map((each) => each.pointer)).toEqual(['/url', '/types/1', '/connectionId']);
  });
});
