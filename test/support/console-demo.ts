/** A hub with a day behind it, for the console's tests and pictures: what went well, what failed, what nobody knows. */
import type { TestHub } from './hub.ts';

export interface Demo {
  /** A booking whose answer was lost, at a hospital that cannot be asked. */
  readonly inDoubt: string;
  /** Bookings that the hospital could not be given. */
  readonly failed: readonly string[];
  /** A booking that somebody has cancelled at the hospital since, and that waits for a person to say who is right. */
  readonly cancelledThere: string;
}

/** Bookings that succeed at each hospital. */
const GOOD = 3;
/** More than are replayed unasked, and more than fit a page. */
const FAILED = 200;

export async function fillHub(hub: TestHub): Promise<Demo> {
  const patient = await hub.newPatient({ name: { given: ['Ana'], family: 'Roy' } });
  let serial = 0;
  const bookSlot = async ({ id }: { readonly id: string }): Promise<string> => {
    const { body } = await hub.book<{ transactions?: readonly { id: string }[] }>(id, patient, `demo-${++serial}`, {
      prefer: 'respond-async',
    });
    return body.transactions?.[0]?.id ?? '';
  };
  /** Books free slots from the nth on; resolves when all have come to `state`. */
  const book = async (key: string, from: number, count: number, state: string): Promise<readonly string[]> => {
    const slots = (await hub.freeSlots(key)).slice(from, from + count);
    const ids = await Promise.all(slots.map(bookSlot));
    for (const id of ids) {
      await hub.until<{ state: string }>(
        `/v1/transactions/${id}`,
        (transaction) => transaction.state === state,
        60_000,
      );
    }
    return ids;
  };
  const fault = (key: string, name: string, times: number): Promise<unknown> =>
    hub.control(key, 'POST', '/faults', { on: 'book', fault: name, times });

  const refusing = async (): Promise<string> => {
    const { id } = hub.connection('cerner');
    await hub.request('PATCH', `/v1/connections/${id}`, {
      role: 'admin',
      body: { policy: { drift: { 'cancelled-outside': 'ask' } } },
    });
    const [first = ''] = await book('cerner', 0, GOOD, 'succeeded');
    await fault('cerner', 'slot-taken', 2);
    await book('cerner', 20, 2, 'rejected');
    const { body } = await hub.request<{ externalId: string }>('GET', `/v1/transactions/${first}`, { role: 'support' });
    await hub.control('cerner', 'POST', '/edit', { op: 'cancel-outside', externalId: body.externalId });
    await hub.request('POST', `/v1/connections/${id}/reconcile`, { role: 'support' });
    await hub.until<{ items: unknown[] }>(`/v1/drift?connection=${id}&state=open`, ({ items }) => items.length > 0);
    return first;
  };
  const failing = async (): Promise<readonly string[]> => {
    await book('xml-his', 0, GOOD, 'succeeded');
    // Given up at once, instead of being tried again.
    const { id } = hub.connection('xml-his');
    await hub.request('PATCH', `/v1/connections/${id}`, { role: 'admin', body: { policy: { retriesMax: 0 } } });
    await fault('xml-his', '429-retry-after', FAILED);
    const failed = await book('xml-his', 10, FAILED, 'failed');
    await hub.control('xml-his', 'DELETE', '/faults');
    return failed;
  };
  const doubting = async (): Promise<string> => {
    await book('epic', 0, GOOD, 'succeeded');
    await hub.control('epic', 'POST', '/profile', { lookup: 'none' });
    await fault('epic', 'timeout-after-commit', 1);
    const [inDoubt = ''] = await book('epic', 30, 1, 'needs_review');
    return inDoubt;
  };
  const [inDoubt, failed, cancelledThere] = await Promise.all([
    doubting(),
    failing(),
    refusing(),
    book('hl7v2', 0, GOOD, 'succeeded'),
    book('native', 0, GOOD, 'succeeded'),
    hub.request('POST', '/v1/webhooks', {
      role: 'admin',
      // Nobody is there: nothing of this type is told here.
      body: { url: 'https://8.8.8.8/tessera', description: 'Front desk screen', types: ['mapping.rolled_back'] },
    }),
  ]);
  return { inDoubt, failed, cancelledThere };
}
