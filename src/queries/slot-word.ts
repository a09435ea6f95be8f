/**
 * A slot in one word: as Postgres sends its columns in the binary format (uuid: 16 bytes, timestamptz: microseconds since 2000 in 8), in
 * hexadecimal digits. Printed as texts and numbers they were half of what a page costs Postgres.
 * Source: PostgreSQL, src/backend/utils/adt/uuid.c (uuid_send) and timestamp.c (timestamptz_send).
 */
import { MODES, type Mode } from '../domain/index.ts';

const UUID_DIGITS = 32;
const TIME_DIGITS = 16;
const MODE_AT = 3 * UUID_DIGITS + 3 * TIME_DIGITS;
export const WORD_DIGITS = MODE_AT + 2;
const EPOCH_MS = Date.UTC(2000);

const twoDigits = (number: number): string => number.toString(16).padStart(2, '0');
const MODE = `case p.mode ${MODES.map((mode, nth) => `when '${mode}' then '\\x${twoDigits(nth)}'::bytea`).join(' ')} else '\\xff' end`;

/** SQL: the bytes of the slot p. */
export const SLOT_WORD = `uuid_send(p.id) || uuid_send(p.location_id) || uuid_send(p.connection_id)
  || timestamptz_send(p.start_at) || timestamptz_send(p.end_at) || timestamptz_send(p.as_of) || ${MODE}`;

export interface SlotWord {
  readonly id: string;
  readonly locationId: string;
  readonly connectionId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly asOfMs: number;
  readonly mode: Mode;
}

/** The same for two words of one slot, other than for those of two. */
export const keyOfWord = (word: string): string => word.slice(0, UUID_DIGITS);

/** Throws when it is none. */
export function readSlotWord(word: string): SlotWord {
  const mode = MODES[Number.parseInt(word.slice(MODE_AT), 16)];
  if (word.length !== WORD_DIGITS || mode === undefined) throw new Error('expected a slot in the words of Postgres');
  const id = (nth: number): string => uuid(word, nth * UUID_DIGITS);
  const time = (nth: number): number => milliseconds(word, 3 * UUID_DIGITS + nth * TIME_DIGITS);
  return {
    id: id(0),
    locationId: id(1),
    connectionId: id(2),
    startMs: time(0),
    endMs: time(1),
    asOfMs: time(2),
    mode,
  };
}

const uuid = (word: string, at: number): string =>
  [8, 12, 16, 20, 32].map((end, nth, ends) => word.slice(at + (ends[nth - 1] ?? 0), at + end)).join('-');

function milliseconds(word: string, at: number): number {
  const microseconds = BigInt.asIntN(64, BigInt(`0x${word.slice(at, at + TIME_DIGITS)}`));
  return Number(microseconds) / 1_000 + EPOCH_MS;
}
