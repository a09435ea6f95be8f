/**
 * Free slots as the API shows them, remembered: most pages show what another page has shown before, and to make the JSON of a slot costs
 * more than to read the slot. Nothing is taken from here that Postgres has not just said to be free, in the same words.
 */
import type { Mode } from '../domain/index.ts';
import { slotOf } from './slot-row.ts';

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
  readonly words: string;
  readonly providerId: string;
  readonly externalId: string | null;
  readonly locationId: string;
  readonly timeZone: string;
  readonly connectionId: string;
  /** It becomes stale then (epoch milliseconds). */
  readonly sameUntilMs: number;
}

const UUID_LENGTH = 36;
const remembered = new Map<string, Remembered>();

/** `words`: id, location, connection, start, end and time of the last word of the HIS (epoch milliseconds), and mode, apart by commas. */
export function shownSlot(words: string, externalId: string | null, context: SlotContext): ShownSlot {
  const known = remembered.get(words.slice(0, UUID_LENGTH));
  if (known && known.externalId === externalId && isSame(known, words, context)) return known;
  const shown = show(flat(words), externalId, context);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(shown.id, shown);
  return shown;
}

const isSame = (known: Remembered, words: string, { providerId, zones, staleAfter }: SlotContext): boolean =>
  known.words === words &&
  known.providerId === providerId &&
  known.timeZone === zones[known.locationId] &&
  known.staleAfterMs === staleAfter[known.connectionId] &&
  Date.now() <= known.sameUntilMs;

function show(words: string, externalId: string | null, context: SlotContext): Remembered {
  const { providerId, zones, staleAfter } = context;
  const [id = '', locationId = '', connectionId = '', start, end, asOf, mode] = words.split(',');
  const timeZone = zones[locationId] ?? '';
  const staleAfterMs = staleAfter[connectionId] ?? null;
  const [startMs, endMs, asOfMs] = [Number(start), Number(end), Number(asOf)];
  const row = { id, externalId, providerId, locationId, startMs, endMs, timeZone, asOfMs, staleAfterMs } as const;
  const slot = slotOf({ ...row, mode: mode as Mode, status: 'free' });
  const staleMs = staleAfterMs === null || slot.stale ? Infinity : asOfMs + staleAfterMs;
  return { ...row, words, connectionId, sameUntilMs: staleMs, json: JSON.stringify(slot) };
}

/** V8 makes parts of a text that keep the whole of it: here it would be a page for each slot. */
const flat = (text: string): string => Buffer.from(text).toString();
