/**
 * A message is the same whenever it is sent again: its key and its time come from the transaction. A receiver that knows
 * messages by MSH-10 (or by their content) then takes the second for what it is.
 */
import { createHash, randomBytes } from 'node:crypto';

/** Capitals and digits without those that are easily confused: some receivers compare without case. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** MSH-10 holds 20 characters up to v2.6: a UUID does not fit. */
const LENGTH = 20;

/** MSH-10 of the message that executes the transaction. */
export const controlIdOf = (transactionId: string): string =>
  signs(createHash('sha256').update(transactionId.toLowerCase()).digest());

/** MSH-10 of a message that changes nothing: a new one each time. */
export const anyControlId = (): string => signs(randomBytes(LENGTH));

const signs = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, LENGTH), (byte) => SIGNS.charAt(byte % SIGNS.length)).join('');

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/i;

/** When the transaction began, as its id says; `now` for an id that does not say. Milliseconds since the epoch. */
export function beganAt(transactionId: string, now: number): number {
  const [, high, low] = UUID_V7.exec(transactionId) ?? [];
  return high === undefined || low === undefined ? now : Number.parseInt(high + low, 16);
}
