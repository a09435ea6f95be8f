/** A hub that tells what happens, as its users have it: a webhook, a stream, the alerts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { until } from '../support/queues.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

let hub: TestHub;
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await new WebhookReceiver().start();
  hub = await startTestHub({ TESSERA_WEBHOOK_LOOPBACK: 'on' });
}, 90_000);
afterAll(async () => {
  await hub.stop();
  await receiver.stop();
}, 30_000);

interface Created {
  readonly webhook: { readonly id: string; readonly state: string };
  readonly secret: string;
}
const create = (body: object, role: 'engineer' | 'app' = 'engineer') =>
  hub.request<Created>('POST', '/v1/webhooks', { role, body });

test('a booking is told to the webhook, signed, and on the stream, within two seconds of its answer', async () => {
  const made = await create({ url: `${receiver.url}/booked`, types: ['appointment.booked'] });
  expect(made.status).toBe(201);
  const leave = new AbortController();
  const stream = await fetch(`${hub.sandbox.api}/v1/events?type=appointment.booked`, {
    headers: { authorization: `Bearer ${hub.sandbox.tokens.app}` },
    signal: leave.signal,
  });
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  let heard = '';
  const listening = (async () => {
    for await (const piece of stream.body ?? []) heard += Buffer.from(piece).toString();
  })().catch(() => {});
  const slot = await hub.slot('xml-his', 0);
  const booked = await hub.book<{ id: string; status: string }>(slot.id, await hub.newPatient(), 'events-out-1');
  const at = Date.now();
  expect(booked.body.status).toBe('booked');
  await until('both have it', () =>
    Promise.resolve(receiver.at('/booked').length > 0 && heard.includes(booked.body.id)),
  );
  expect(Date.now() - at).toBeLessThan(2_000);
  const [hook] = receiver.at('/booked');
  expect(new Webhook(made.body.secret).verify(hook?.body ?? '', hook?.headers ?? {})).toMatchObject({
    type: 'appointment.booked',
    data: { appointmentId: booked.body.id },
  });
  const { body: shown } = await hub.request('GET', `/v1/webhooks/${made.body.webhook.id}`, { role: 'support' });
  expect(JSON.stringify(shown)).not.toContain('whsec_');
  expect(hub.output).not.toContain(made.body.secret);
  leave.abort();
  await listening;
}, 30_000);

test('a test event, a rotation, and the lists, by the API alone', async () => {
  const { webhook } = (await create({ url: `${receiver.url}/tested`, types: ['webhook.disabled'] })).body;
  const path = `/v1/webhooks/${webhook.id}`;
  expect((await hub.request('POST', `${path}/test`, { role: 'engineer' })).status).toBe(202);
  await until('it came', () => Promise.resolve(receiver.at('/tested').length === 1));
  const { items } = await hub.until<{ items: { status: number }[] }>(
    `${path}/attempts`,
    (page) => page.items.length > 0,
  );
  expect(items[0]).toMatchObject({ status: 200, errorCode: null, type: 'webhook.test' });
  const rotated = await hub.request<Created>('POST', `${path}/rotate-secret`, { role: 'engineer', body: {} });
  expect(rotated.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/), webhook: { id: webhook.id } });
  const since = { since: '2027-01-01T00:00:00Z' };
  for (const action of ['recover', 'replay-missing'])
    expect(await hub.request('POST', `${path}/${action}`, { role: 'support', body: since })).toMatchObject({
      status: 202,
      body: { queued: 0 },
    });
  const deliveries = await hub.request<{ items: { id: string }[] }>('GET', `${path}/deliveries`, { role: 'support' });
  const again = `${path}/deliveries/${deliveries.body.items[0]?.id}/resend`;
  expect((await hub.request('POST', again, { role: 'support' })).status).toBe(202);
  await until('it came again', () => Promise.resolve(receiver.at('/tested').length === 2));
  expect((await hub.request('DELETE', path, { role: 'engineer' })).status).toBe(204);
  expect((await hub.request('GET', path, { role: 'engineer' })).status).toBe(404);
}, 30_000);

test('what must not be called is refused where it is entered, and an app may enter nothing', async () => {
  for (const url of [
    'https://169.254.169.254/',
    'http://10.0.0.1/',
    'https://[::ffff:c0a8:101]/',
    'ftp://x.example/',
  ]) {
    const refused = await create({ url });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/url' }] } });
  }
  expect((await create({ url: `${receiver.url}/app` }, 'app')).status).toBe(403);
  expect((await hub.request('GET', '/v1/alerts', { role: 'app' })).status).toBe(403);
});

test('a HIS that refuses to talk becomes one alert with a link to what waits, and the alert ends with it', async () => {
  const key = 'xml-his';
  const { id } = hub.connection(key);
  await hub.database.db.query(
    `update connection set state = 'parked', state_reason = 'needs-credentials' where id = $1`,
    [id],
  );
  interface Page {
    readonly items: readonly { kind: string; subjectId: string; link: string }[];
  }
  const { items } = await hub.until<Page>('/v1/alerts?kind=breaker-open', (page) => page.items.length > 0);
  expect(items).toEqual([
    expect.objectContaining({ subjectId: id, link: `/v1/transactions?connection=${id}&state=parked` }),
  ]);
  const list = await hub.request('GET', items[0]?.link ?? '', { role: 'support' });
  expect(list.status).toBe(200);
}, 30_000);
