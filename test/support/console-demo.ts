/** A hub with a day behind it, for the console's tests and pictures: what went well, what failed, what nobody knows. */
import type { TestHub } from './hub.ts';

export interface Demo {
  /** A booking whose answer was lost, at a hospital that cannot be asked. */
  readonly inDoubt: string;
  /** Bookings that the hospital could not be given. */
  readonly failed: readonly string[];
}

/** More than are replayed unasked. */
const FAILED = 54;

interface Transaction {
  readonly id: string;
  readonly state: string;
}

export async function fillHub(hub: TestHub): Promise<Demo> {
  const patient = await hub.newPatient({ name: { given: ['Ana'], family: 'Roy' } });
  let serial = 0;
  const bookSlot = async (id: string): Promise<string> => {
    const reply = await hub.book<{ transactions?: readonly { id: string }[] }>(id, patient, `demo-${++serial}`, {
      prefer: 'respond-async',
    });
    return reply.body.transactions?.[0]?.id ?? '';
  };
  const book = async (key: string, slot: number): Promise<string> => bookSlot((await hub.slot(key, slot)).id);
  const settled = (id: string, state: string): Promise<Transaction> =>
    hub.until<Transaction>(`/v1/transactions/${id}`, (transaction) => transaction.state === state, 45_000);

  const booked = [];
  for (const key of ['epic', 'cerner', 'xml-his', 'hl7v2', 'native']) {
    for (let slot = 0; slot < 3; slot += 1) booked.push(await book(key, slot * 3));
  }
  for (const id of booked) await settled(id, 'succeeded');

  await hub.control('cerner', 'POST', '/faults', { on: 'book', fault: 'slot-taken', times: 2 });
  for (const id of [await book('cerner', 20), await book('cerner', 21)]) await settled(id, 'rejected');

  // Given up at once, instead of being tried again.
  const { id: xml } = hub.connection('xml-his');
  await hub.request('PATCH', `/v1/connections/${xml}`, { role: 'admin', body: { policy: { retriesMax: 0 } } });
  await hub.control('xml-his', 'POST', '/faults', { on: 'book', fault: '429-retry-after', times: FAILED });
  const slots = (await hub.freeSlots('xml-his')).slice(10, 10 + FAILED);
  const failed = await Promise.all(slots.map((slot) => bookSlot(slot.id)));
  for (const id of failed) await settled(id, 'failed');
  await hub.control('xml-his', 'DELETE', '/faults');

  await hub.control('epic', 'POST', '/profile', { lookup: 'none' });
  await hub.control('epic', 'POST', '/faults', { on: 'book', fault: 'timeout-after-commit', times: 1 });
  const inDoubt = await book('epic', 30);
  await settled(inDoubt, 'needs_review');
  return { inDoubt, failed };
}
