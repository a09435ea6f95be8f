/**
 * Free slots as the API shows them, remembered: most pages show what another page has shown before, and to make the JSON of a slot costs
 * more than to read the slot. Nothing is taken from here that Postgres has not just said to be free, in the same word.
 */
import { inOwnMemory } from './own-memory.ts';
import { slotOf } from './slot-row.ts';
import { keyOfWord, readSlotWord } from './slot-word.ts';

/** About 20 MB. */
const REMEMBERED_MAX = 20_000;

export interface ShownSlot {
  readonly id: string;
  readonly startMs: number;
  /** It becomes stale then (epoch milliseconds); Infinity: it is already, or never will be. */
  readonly sameUntilMs: number;
  /** Of the domain's Slot. A page is bytes put together: as texts they would be joined, copied and looked through for each page. */
  readonly json: Buffer;
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
  readonly staleAfterMs: number | null;
}

const remembered = new Map<string, Remembered>();

export function shownSlot(word: string, externalId: string | null, context: SlotContext): ShownSlot {
  const key = keyOfWord(word);
  const known = remembered.get(key);
  if (known && known.externalId === externalId && isSame(known, word, context)) return known;
  const shown = show(flat(word), externalId, context);
  if (!known && remembered.size >= REMEMBERED_MAX) remembered.clear();
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
  const { id, locationId, connectionId, startMs, asOfMs } = read;
  const timeZone = zones[locationId] ?? '';
  const staleAfterMs = staleAfter[connectionId] ?? null;
  const slot = slotOf({ ...read, externalId, providerId, timeZone, staleAfterMs, status: 'free' });
  const sameUntilMs = staleAfterMs === null || slot.stale ? Infinity : asOfMs + staleAfterMs;
  const json = inOwnMemory(Buffer.from(JSON.stringify(slot)));
  return {
    id,
    startMs,
    sameUntilMs,
    json,
    word,
    providerId,
    externalId,
    locationId,
    timeZone,
    connectionId,
    staleAfterMs,
  };
}

/** V8 makes parts of a text that keep the whole of it: here it would be a page for each slot. */
const flat = (text: string): string => Buffer.from(text).toString();
