/** What a hospital tells ends in the same state, however it is shuffled, repeated and cut on its way. FEED_ORDERS=500 runs as many. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareOrders } from '../support/feed-order.ts';
import { startInbound, type Inbound } from '../support/inbound.ts';

const ORDERS = Number(process.env['FEED_ORDERS'] ?? 6);
/** Once they ended differently: a block that moved frees the time it had. */
const KNOWN = [1083, 1134, 1265, 1294, 1406, 1410, 1480, 1486];

let inbound: Inbound;
beforeAll(async () => {
  inbound = await startInbound();
});
afterAll(() => inbound.stop());

test('streams that were shuffled, repeated and split end as they do in order', async () => {
  const seeds = new Set([...KNOWN, ...Array.from({ length: ORDERS }, (_, index) => 1_000 + index)]);
  expect(await compareOrders(inbound, [...seeds])).toEqual([]);
}, 900_000);
