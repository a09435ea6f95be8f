import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SlotAtHis } from '#adapter-kit';
import adapter from '../../adapters/native/index.ts';
import { openEmptyBook } from '../../src/sandbox/empty-book.ts';
import { testCall } from '../support/call.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const patient = {
  externalId: 'p',
  name: { given: ['Ada'], family: 'Bauer' },
  birthDate: '1984-05-23',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

test('a move to another seat of the same time is found once it was made, and not before', async () => {
  const { book, slots } = await openEmptyBook(database.db);
  const [slot] = slots;
  if (!slot) throw new Error('the book has no slots');
  const to: SlotAtHis = { ...slot, seat: 2 };
  const call = testCall({ adapter: 'native', urls: [], hubBook: book });
  const connector = adapter.connect({ config: {}, secrets: {} });
  const booked = await connector.book(call, { slot, patient, mode: slot.mode, reason: null });
  if (booked.class !== 'success') throw new Error(`expected a booking, got ${booked.reason}`);
  const move = { externalId: booked.externalId, identifiers: [], patient, slot, to, mode: to.mode, reason: null };
  expect(await connector.lookup(call, { kind: 'reschedule', ...move })).toEqual({ kind: 'absent' });
  expect(await connector.reschedule?.(call, move)).toMatchObject({ class: 'success' });
  expect(await connector.lookup(call, { kind: 'reschedule', ...move })).toMatchObject({ kind: 'found' });
});
