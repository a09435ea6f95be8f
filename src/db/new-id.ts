/** Ids of version 7 (RFC 9562) for what comes by the thousand a second. */
import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES = 16;
/** By the thousand: asking for sixteen costs more than all else of an id. */
const random = Buffer.alloc(RANDOM_BYTES * 512);
let used = random.length;
let msecs = 0;
let seq = 0;

/** Greater than every one that this process was given before. */
export function newId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = random.subarray(used, (used += RANDOM_BYTES));
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Half of the numbers are left to count on within the millisecond.
    seq = bytes.readUInt32BE(0) >>> 1;
  } else seq += 1;
  return uuidv7({ msecs, seq, random: bytes });
}
