import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());

test('kill -9 of the hub between attempt and answer: the next start settles the booking, with one effect', async () => {
  const slot = await hub.slot('epic', 3);
  const patientId = await hub.newPatient();
  await hub.control('epic', 'POST', '/faults', { on: 'book', fault: 'slow', times: 1, afterMs: 2_500 });
  const accepted = await hub.book<{ id: string; transactions: { id: string }[] }>(slot.id, patientId, 'killed', {
    prefer: 'respond-async',
  });
  const transactionId = accepted.body.transactions[0]?.id ?? '';
  await hub.until<{ items: { kind: string; step?: string; class?: string | null }[] }>(
    `/v1/transactions/${transactionId}/timeline`,
    ({ items }) => items.some((each) => each.kind === 'attempt' && each.step === 'book' && each.class === null),
  );
  // The HIS has the booking, its answer is on the way, and nobody is there to hear it.
  await expectEffect(slot.externalId);
  await hub.kill();
  await hub.start();
  await hub.until<{ status: string }>(
    `/v1/appointments/${accepted.body.id}`,
    ({ status }) => status === 'booked',
    45_000,
  );
  expect(await hub.effects('epic', { slotId: slot.externalId })).toMatchObject([{ transactionId, status: 'booked' }]);
  const repeated = await hub.book<{ id: string; status: string }>(slot.id, patientId, 'killed', {
    prefer: 'respond-async',
  });
  expect(repeated.body.id).toBe(accepted.body.id);
}, 90_000);

async function expectEffect(slotId: string | null): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await hub.effects('epic', { slotId })).length === 1) return;
  }
  throw new Error('the booking never reached the HIS');
}
