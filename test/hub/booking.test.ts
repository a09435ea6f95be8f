import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

interface AppointmentBody {
  id: string;
  status: string;
  slotId: string;
  externalId: string | null;
  version: number;
  start: string;
  transactions: { id: string; kind: string; state: string }[];
}

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());

describe.each(['native', 'epic', 'cerner', 'xml-his', 'hl7v2'])('on connection %s', (key) => {
  test('an appointment is booked, read, moved and cancelled by the same calls', async () => {
    const slot = await hub.slot(key, 0);
    const other = await hub.slot(key, 1);
    const booking = { slotId: slot.id, patientId: await hub.newPatient(), reason: 'A cough that stays' };
    const book = () =>
      hub.request<AppointmentBody>('POST', '/v1/appointments', {
        body: booking,
        headers: { 'idempotency-key': `life-${key}` },
      });
    const booked = await book();
    expect((await hub.request('GET', `/v1/appointments/${booked.body.id}`)).body).toEqual(booked.body);
    expect(booked).toMatchObject({ status: 201, body: { status: 'booked', slotId: slot.id, start: slot.start } });
    expect(booked.body.externalId).toEqual(expect.any(String));
    expect(booked.headers.get('location')).toBe(`/v1/appointments/${booked.body.id}`);

    const path = `/v1/appointments/${booked.body.id}`;
    const moved = await hub.request<AppointmentBody>('PATCH', path, {
      body: { slotId: other.id },
      headers: { 'idempotency-key': `move-${key}`, 'if-match': booked.headers.get('etag') ?? '' },
    });
    expect(moved).toMatchObject({ status: 200, body: { status: 'booked', slotId: other.id, start: other.start } });
    // A hospital that sends messages may tell of the booking only now; its message about the move comes right after.
    await hub.until<{ items: { id: string }[] }>(
      `/v1/slots?provider=${slot.providerId}&from=${encodeURIComponent(slot.start)}`,
      ({ items }) => items.some(({ id }) => id === slot.id),
    );

    const cancelled = await hub.request<AppointmentBody>('DELETE', path, {
      headers: { 'idempotency-key': `cancel-${key}`, 'if-match': moved.headers.get('etag') ?? '' },
    });
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(cancelled.body.transactions.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'book succeeded',
      'reschedule succeeded',
      'cancel succeeded',
    ]);
    const read = await hub.request<AppointmentBody>('GET', path);
    expect(read.body).toEqual(cancelled.body);

    const repeated = await book();
    expect(repeated).toMatchObject({ status: 201, body: booked.body });
    for (const name of ['etag', 'location']) expect(repeated.headers.get(name)).toBe(booked.headers.get(name));
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
  });

  test('the same POST sent 50 times at once makes one appointment and gives one answer', async () => {
    const slot = await hub.slot(key, 2);
    const patientId = await hub.newPatient();
    const send = () => hub.book<AppointmentBody>(slot.id, patientId, `fifty-${key}`);
    const first = await Promise.all(Array.from({ length: 50 }, send));
    expect(first.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const after = await Promise.all(Array.from({ length: 50 }, send));
    const answers = [...first.filter(({ status }) => status === 201), ...after].map(({ status, body }) =>
      JSON.stringify([status, body]),
    );
    expect(new Set(answers).size).toBe(1);
    expect(after.every(({ status, headers }) => status === 201 && headers.get('idempotent-replayed') === 'true')).toBe(
      true,
    );
    expect(first.filter(({ status }) => status === 409).every(({ headers }) => headers.has('retry-after'))).toBe(true);
    if (hub.connection(key).control) expect(await hub.effects(key, { slotId: slot.externalId })).toHaveLength(1);
  });

  test('of 200 clients on one slot exactly one wins, and the others learn why and what else is free', async () => {
    const slot = await hub.slot(key, 3);
    const patientId = await hub.newPatient();
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        hub.book<{ type: string; conflicts: object[]; alternatives: object[] }>(slot.id, patientId, `race-${key}-${n}`),
      ),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    const losers = replies.filter(({ status }) => status === 409);
    expect(losers).toHaveLength(199);
    for (const { body } of losers) {
      expect(body.type).toMatch(/\/slot-taken$/);
      expect(body.conflicts).toEqual([{ kind: 'appointment', slotId: slot.id }]);
      expect(body.alternatives.length).toBeGreaterThan(0);
    }
    if (hub.connection(key).control) expect(await hub.effects(key, { slotId: slot.externalId })).toHaveLength(1);
  }, 60_000);
});

test('a key used again for another payload is refused, and one that is missing is asked for', async () => {
  const slot = await hub.slot('native', 0);
  const other = await hub.slot('native', 1);
  const patientId = await hub.newPatient();
  expect((await hub.book(slot.id, patientId, 'reused')).status).toBe(201);
  const reused = await hub.book(other.id, patientId, 'reused');
  expect(reused).toMatchObject({ status: 422, body: { type: expect.stringMatching(/idempotency-key-reused$/) } });
  const missing = await hub.request('POST', '/v1/appointments', { body: { slotId: other.id, patientId } });
  expect(missing).toMatchObject({ status: 400, body: { type: expect.stringMatching(/idempotency-key-missing$/) } });
});

test('a refusal is an answer too: the same key gets the same 409 when the slot is free again', async () => {
  const slot = await hub.slot('native', 0);
  const booked = await hub.book<AppointmentBody>(slot.id, await hub.newPatient(), 'refusal-winner');
  const patientId = await hub.newPatient();
  const refused = await hub.book(slot.id, patientId, 'refusal-loser');
  expect(refused.status).toBe(409);
  const cancelled = await hub.request('DELETE', `/v1/appointments/${booked.body.id}`, {
    headers: { 'idempotency-key': 'refusal-cancel', 'if-match': booked.headers.get('etag') ?? '' },
  });
  expect(cancelled.status).toBe(200);
  const repeated = await hub.book(slot.id, patientId, 'refusal-loser');
  expect(repeated).toMatchObject({ status: 409, body: refused.body });
  expect(repeated.headers.get('content-type')).toBe('application/problem+json');
  expect((await hub.book(slot.id, patientId, 'refusal-anew')).status).toBe(201);
});

test('respond-async answers 202 with the place to look, which comes to booked; a repeat is answered as the first was', async () => {
  const slot = await hub.slot('epic', 0);
  await hub.control('epic', 'POST', '/faults', { on: 'book', fault: 'slow', times: 1, afterMs: 2_000 });
  const patientId = await hub.newPatient();
  const book = () => hub.book<AppointmentBody>(slot.id, patientId, 'async', { prefer: 'respond-async' });
  const accepted = await book();
  expect(accepted).toMatchObject({ status: 202, body: { status: 'pending' } });
  const location = accepted.headers.get('location') ?? '';
  await hub.until<AppointmentBody>(location, ({ status }) => status === 'booked');
  const repeated = await book();
  expect(repeated).toMatchObject({ status: 202, body: accepted.body });
  for (const name of ['etag', 'location', 'retry-after'])
    expect(repeated.headers.get(name)).toBe(accepted.headers.get(name));
  expect(repeated.headers.get('idempotent-replayed')).toBe('true');
  const effects = await hub.effects('epic', { transactionId: accepted.headers.get('x-transaction-id') ?? '' });
  expect(effects).toHaveLength(1);
});

test('a held slot can be booked by its holder only, and by others once the hold has ended', async () => {
  const slot = await hub.slot('native', 0);
  const patientId = await hub.newPatient();
  const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { role: 'admin', body: { slotId: slot.id } });
  expect(hold.status).toBe(201);
  const stranger = await hub.book(slot.id, patientId, 'hold-stranger');
  expect(stranger).toMatchObject({
    status: 409,
    body: { type: expect.stringMatching(/slot-taken$/), conflicts: [{ kind: 'hold' }] },
  });
  const thief = await hub.request('POST', '/v1/appointments', {
    body: { slotId: slot.id, patientId, holdId: hold.body.id },
    headers: { 'idempotency-key': 'hold-thief' },
  });
  expect(thief).toMatchObject({ status: 409, body: { type: expect.stringMatching(/hold-not-yours$/) } });
  const holder = await hub.request('POST', '/v1/appointments', {
    role: 'admin',
    body: { slotId: slot.id, patientId, holdId: hold.body.id },
    headers: { 'idempotency-key': 'hold-holder' },
  });
  expect(holder.status).toBe(201);
});

test('a change without If-Match is asked for it, and one with an old version is refused', async () => {
  const slot = await hub.slot('native', 0);
  const booked = await hub.book<AppointmentBody>(slot.id, await hub.newPatient(), 'versions');
  const path = `/v1/appointments/${booked.body.id}`;
  expect((await hub.request('DELETE', path, { headers: { 'idempotency-key': 'v1' } })).status).toBe(428);
  expect((await hub.request('DELETE', path, { headers: { 'idempotency-key': 'v2', 'if-match': '"1"' } })).status).toBe(
    412,
  );
  const arrived = await hub.request<AppointmentBody>('PATCH', path, {
    body: { status: 'arrived' },
    headers: { 'idempotency-key': 'v3', 'if-match': booked.headers.get('etag') ?? '' },
  });
  expect(arrived).toMatchObject({ status: 200, body: { status: 'arrived' } });
});

test('an arrival is not recorded while the appointment is being cancelled', async () => {
  const slot = await hub.slot('epic', 0);
  const booked = await hub.book<AppointmentBody>(slot.id, await hub.newPatient(), 'attend');
  expect(booked.status).toBe(201);
  const path = `/v1/appointments/${booked.body.id}`;
  await hub.control('epic', 'POST', '/faults', { on: 'cancel', fault: '503-retry-after', times: 1 });
  const cancelling = await hub.request<AppointmentBody>('DELETE', path, {
    headers: {
      'idempotency-key': 'attend-cancel',
      'if-match': booked.headers.get('etag') ?? '',
      prefer: 'respond-async',
    },
  });
  expect(cancelling.status).toBe(202);
  for (const status of ['arrived', 'fulfilled']) {
    const reply = await hub.request('PATCH', path, {
      body: { status },
      headers: { 'idempotency-key': `attend-${status}`, 'if-match': cancelling.headers.get('etag') ?? '' },
    });
    expect(reply).toMatchObject({
      status: 409,
      body: {
        type: expect.stringMatching(/state-conflict$/),
        transactionIds: [cancelling.headers.get('x-transaction-id')],
      },
    });
  }
  await hub.until<AppointmentBody>(path, ({ status }) => status === 'cancelled');
});

test('a key that is refused, and meanwhile succeeds, is answered by what became of it', async () => {
  const slot = await hub.slot('native', 0);
  for (let round = 0; round < 8; round += 1) {
    const winner = await hub.book<AppointmentBody>(slot.id, await hub.newPatient(), `winner-${round}`);
    expect(winner.status).toBe(201);
    const patientId = await hub.newPatient();
    const send = () => hub.book<AppointmentBody>(slot.id, patientId, `contended-${round}`);
    await Promise.all([
      ...Array.from({ length: 15 }, send),
      hub.request('DELETE', `/v1/appointments/${winner.body.id}`, {
        headers: { 'idempotency-key': `free-${round}`, 'if-match': winner.headers.get('etag') ?? '' },
      }),
      ...Array.from({ length: 15 }, send),
    ]);
    const last = await send();
    const mine = await hub.request<{ items: AppointmentBody[] }>('GET', `/v1/appointments?patient=${patientId}`);
    expect([last.status, mine.body.items.map(({ status }) => status)]).toEqual(
      last.status === 201 ? [201, ['booked']] : [409, []],
    );
    const [made] = mine.body.items;
    if (made) {
      await hub.request('DELETE', `/v1/appointments/${made.id}`, {
        headers: { 'idempotency-key': `clear-${round}`, 'if-match': `"${made.version}"` },
      });
    }
  }
}, 60_000);
