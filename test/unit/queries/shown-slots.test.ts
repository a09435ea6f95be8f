import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MODES, type Mode, type Slot } from '../../../src/domain/index.ts';
import { shownSlot, type SlotContext } from '../../../src/queries/shown-slots.ts';

const HOUR = 3_600_000;
const startMs = Date.UTC(2031, 5, 2, 13);
const location = randomUUID();
const connection = randomUUID();

/** As Postgres sends it. */
const wordOf = (id: string, asOfMs = Date.now(), mode: Mode = 'in-person'): string =>
  [
    ...[id, location, connection].map((uuid) => uuid.replaceAll('-', '')),
    ...[startMs, startMs + HOUR, asOfMs].map((ms) => hex((ms - Date.UTC(2000)) * 1_000, 16)),
    hex(MODES.indexOf(mode), 2),
  ].join('');
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const context = (other: Partial<SlotContext> = {}): SlotContext => ({
  providerId: 'a-provider',
  zones: { [location]: 'America/New_York' },
  staleAfter: { [connection]: HOUR },
  ...other,
});
const show = (word: string, other?: Partial<SlotContext>, externalId: string | null = null): Slot =>
  JSON.parse(shownSlot(word, externalId, context(other)).json.toString()) as Slot;

afterEach(() => void jest.useRealTimers());

test('what is remembered keeps no memory but its own', () => {
  const { json } = shownSlot(wordOf(randomUUID(), Date.now()), null, context());
  expect(json.buffer.byteLength).toBe(json.byteLength);
});

test('a slot in the word of Postgres is the slot of the API', () => {
  const id = randomUUID();
  const asOfMs = Date.now();
  expect(shownSlot(wordOf(id, asOfMs), 'S-1', context())).toMatchObject({ id, startMs, sameUntilMs: asOfMs + HOUR });
  expect(show(wordOf(id, asOfMs), {}, 'S-1')).toEqual({
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

test('the same word is made to JSON once', () => {
  const word = wordOf(randomUUID());
  expect(shownSlot(word, null, context())).toBe(shownSlot(word, null, context()));
});

describe('what is remembered is not shown when', () => {
  const id = randomUUID();
  const asOfMs = Date.now();
  const word = wordOf(id, asOfMs);
  beforeEach(() => void show(word));

  test('the word differs', () => expect(show(wordOf(id, asOfMs, 'telemedicine')).mode).toBe('telemedicine'));
  test('the HIS calls the slot otherwise', () => expect(show(word, {}, 'S-2').externalId).toBe('S-2'));
  test('its provider is another', () => expect(show(word, { providerId: 'other' }).providerId).toBe('other'));
  test('its location has moved', () =>
    expect(show(word, { zones: { [location]: 'Europe/Rome' } }).start).toBe('2031-06-02T15:00:00+02:00'));
  test('its connection is trusted for less long', () =>
    expect(show(word, { staleAfter: { [connection]: -1 } }).stale).toBe(true));
  test('it has grown stale meanwhile, or is fresh again', () => {
    jest.useFakeTimers({ now: Date.now() + HOUR + 1_000 });
    expect(show(word).stale).toBe(true);
    expect(show(wordOf(id, Date.now())).stale).toBe(false);
  });
  test('it was stale, and its connection is trusted for longer, or the hub keeps the book', () => {
    const old = wordOf(id, Date.now() - 2 * HOUR);
    expect(show(old).stale).toBe(true);
    expect(show(old, { staleAfter: { [connection]: 3 * HOUR } }).stale).toBe(false);
    expect(show(old).stale).toBe(true);
    expect(show(old, { staleAfter: { [connection]: null } }).stale).toBe(false);
  });
});

test('many slots are not kept for ever', () => {
  const first = wordOf(randomUUID());
  const shown = shownSlot(first, null, context());
  for (let nth = 0; nth < 20_001; nth += 1) shownSlot(wordOf(randomUUID()), null, context());
  expect(shownSlot(first, null, context())).not.toBe(shown);
});
