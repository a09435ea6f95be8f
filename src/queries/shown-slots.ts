/**
 * Free slots as the API shows them, remembered: most pages show what another page has shown before, and to make the JSON of a slot costs
 * more than to read the slot. Nothing is taken from here that Postgres has not just said to be free, in the same word.
 */
import { slotOf } from './slot-row.ts';
import { keyOfWord, readSlotWord } from './slot-word.ts';

/** About 15 MB. */
const REMEMBERED_MAX = 20_000;

export interface ShownSlot {
  readonly id: string;
  readonly startMs: number;
  readonly asOfMs: number;
  /** Null where the hub keeps the book. */
  readonly staleAfterMs: number | null;
  /** Of the domain's Slot. */
  readonly json: string;
}

/** What the slots of a page share. */
export interface SlotContext {
  readonly providerId: string;
  /** By location. */
  readonly zones: Readonly<Record<string, string>>;
  /** By connection: null where the hub keeps the book. */
  readonly staleAfter: Readonly<Record<string, number | null>>;
}

interface Remembered extends ShownSlot {
  readonly word: string;
  readonly providerId: string;
  readonly externalId: string | null;
  readonly locationId: string;
  readonly timeZone: string;
  readonly connectionId: string;
  /** It becomes stale then (epoch milliseconds). */
  readonly sameUntilMs: number;
}

const remembered = new Map<string, Remembered>();

export function shownSlot(word: string, externalId: string | null, context: SlotContext): ShownSlot {
  const key = keyOfWord(word);
  const known = remembered.get(key);
  if (known && known.externalId === externalId && isSame(known, word, context)) return known;
  const shown = show(flat(word), externalId, context);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(flat(key), shown);
  return shown;
}

const isSame = (known: Remembered, word: string, { providerId, zones, staleAfter }: SlotContext): boolean =>
  known.word === word &&
  known.providerId === providerId &&
  known.timeZone === zones[known.locationId] &&
  known.staleAfterMs === staleAfter[known.connectionId] &&
  Date.now() <= known.sameUntilMs;

function show(word: string, externalId: string | null, context: SlotContext): Remembered {
  const { providerId, zones, staleAfter } = context;
  const read = readSlotWord(word);
  const timeZone = zones[read.locationId] ?? '';
  const staleAfterMs = staleAfter[read.connectionId] ?? null;
  const row = { ...read, externalId, providerId, timeZone, staleAfterMs };
  const slot = slotOf({ ...row, status: 'free' });
  const sameUntilMs = staleAfterMs === null || slot.stale ? Infinity : row.asOfMs + staleAfterMs;
  return { ...row, word, sameUntilMs, json: JSON.stringify(slot) };
}

/** V8 makes parts of a text that keep the whole of it: here it would be a page for each slot. */
const flat = (text: string): string => Buffer.from(text).toString();
