import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Slot } from '../../../src/domain/index.ts';
import { shownSlot, type SlotContext } from '../../../src/queries/shown-slots.ts';

const HOUR = 3_600_000;
const startMs = Date.UTC(2031, 5, 2, 13);
const location = randomUUID();
const connection = randomUUID();

const wordsOf = (id: string, asOfMs = Date.now()): string =>
  [id, location, connection, startMs, startMs + HOUR, asOfMs, 'in-person'].join(',');
const context = (other: Partial<SlotContext> = {}): SlotContext => ({
  providerId: 'a-provider',
  zones: { [location]: 'America/New_York' },
  staleAfter: { [connection]: HOUR },
  ...other,
});
const show = (words: string, other?: Partial<SlotContext>, externalId: string | null = null): Slot =>
  JSON.parse(shownSlot(words, externalId, context(other)).json) as Slot;

afterEach(() => void jest.useRealTimers());

test('a slot in the words of Postgres is the slot of the API', () => {
  const id = randomUUID();
  const asOfMs = Date.now();
  expect(shownSlot(wordsOf(id, asOfMs), 'S-1', context())).toMatchObject({ id, startMs, asOfMs, staleAfterMs: HOUR });
  expect(show(wordsOf(id, asOfMs), {}, 'S-1')).toEqual({
    id,
    externalId: 'S-1',
    providerId: 'a-provider',
    locationId: location,
    start: '2031-06-02T09:00:00-04:00',
    end: '2031-06-02T10:00:00-04:00',
    timeZone: 'America/New_York',
    mode: 'in-person',
    status: 'free',
    asOf: new Date(asOfMs).toISOString(),
    stale: false,
  });
});

test('the same words are made to JSON once', () => {
  const words = wordsOf(randomUUID());
  expect(shownSlot(words, null, context())).toBe(shownSlot(words, null, context()));
});

describe('what is remembered is not shown when', () => {
  const id = randomUUID();
  const words = wordsOf(id);
  beforeEach(() => void show(words));

  test('the words differ', () => expect(show(words.replace('in-person', 'telemedicine')).mode).toBe('telemedicine'));
  test('the HIS calls the slot otherwise', () => expect(show(words, {}, 'S-2').externalId).toBe('S-2'));
  test('its provider is another', () => expect(show(words, { providerId: 'other' }).providerId).toBe('other'));
  test('its location has moved', () =>
    expect(show(words, { zones: { [location]: 'Europe/Rome' } }).start).toBe('2031-06-02T15:00:00+02:00'));
  test('its connection is trusted for less long', () =>
    expect(show(words, { staleAfter: { [connection]: -1 } }).stale).toBe(true));
  test('it has grown stale meanwhile, or is fresh again', () => {
    jest.useFakeTimers({ now: Date.now() + HOUR + 1_000 });
    expect(show(words).stale).toBe(true);
    expect(show(wordsOf(id, Date.now())).stale).toBe(false);
  });
  test('the hub keeps its book: it is never stale', () => {
    jest.useFakeTimers({ now: Date.now() + 24 * HOUR });
    expect(show(words, { staleAfter: { [connection]: null } }).stale).toBe(false);
  });
});

test('many slots are not kept for ever', () => {
  const first = wordsOf(randomUUID());
  const shown = shownSlot(first, null, context());
  for (let nth = 0; nth < 20_001; nth += 1) shownSlot(wordsOf(randomUUID()), null, context());
  expect(shownSlot(first, null, context())).not.toBe(shown);
});
