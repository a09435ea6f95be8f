/** A move at a HIS that cannot move: the new appointment first, and then the old one goes, however long the HIS takes over it. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

/** Its simulator books and cancels, and has no reschedule. */
const KEY = 'epic';

interface Appointment {
  readonly id: string;
  readonly status: string;
  readonly slotId: string;
  readonly transactions: readonly { readonly id: string; readonly kind: string; readonly state: string }[];
}

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
  const policy = { retriesMax: 0, lookupScheduleMs: [100, 1_200], absenceGapMs: 1_000, retryBaseMs: 50 };
  await hub.request('PATCH', `/v1/connections/${hub.connection(KEY).id}`, { role: 'admin', body: { policy } });
}, 60_000);
afterAll(() => hub.stop());
afterEach(() => hub.control(KEY, 'DELETE', '/faults'));

let serial = 0;
async function move(fault: Readonly<Record<string, unknown>>) {
  serial += 2;
  const [from, to] = [await hub.slot(KEY, serial), await hub.slot(KEY, serial + 1)];
  const booked = await hub.book<Appointment>(from.id, await hub.newPatient(), `two-${serial}`);
  expect(booked.status).toBe(201);
  await hub.control(KEY, 'POST', '/faults', { on: 'cancel', ...fault });
  const path = `/v1/appointments/${booked.body.id}`;
  const asked = await hub.request<Appointment>('PATCH', path, {
    body: { slotId: to.id },
    headers: {
      'idempotency-key': `move-${serial}`,
      'if-match': booked.headers.get('etag') ?? '',
      prefer: 'respond-async',
    },
  });
  expect(asked.status).toBe(202);
  const transaction = asked.body.transactions.find(({ kind }) => kind === 'reschedule');
  const standing = async () =>
    (await Promise.all([from, to].map((slot) => hub.effects(KEY, { slotId: slot.externalId })))).map(
      (appointments) => appointments.filter(({ status }) => status === 'booked').length,
    );
  return { path, to, transaction: `/v1/transactions/${transaction?.id}`, standing };
}

test.each([
  ['throttled, with no retry left', { fault: '429-retry-after', times: 2 }],
  ['lost, more often than a booking would be sent again', { fault: 'reset-before', times: 6 }],
])(
  'a cancellation of the old appointment that is %s, goes on until it is done',
  async (_name, fault) => {
    const { path, to, transaction, standing } = await move(fault);
    // Both stand, and that is no end: it stays among what is open.
    await hub.until<{ state: string }>(transaction, ({ state }) => ['retrying', 'unknown'].includes(state));
    expect(await standing()).toEqual([1, 1]);
    const { state } = await hub.until<{ state: string }>(
      transaction,
      (body) => ['succeeded', 'rejected', 'failed', 'needs_review'].includes(body.state),
      60_000,
    );
    expect(state).toBe('succeeded');
    expect(await standing()).toEqual([0, 1]);
    expect((await hub.request<Appointment>('GET', path)).body).toMatchObject({ status: 'booked', slotId: to.id });
  },
  90_000,
);
