/** Encryption at rest of what may hold PHI or secrets: AES-256-GCM, bound to the row it belongs to. */
import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto';

const VERSION = 1;
const HEAD = Buffer.of(VERSION);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens text; bytes are those of a text in UTF-8. `row` names the row (table and id): what was sealed for one row does not open for another. */
export interface Seal {
  close(row: string, text: string | Uint8Array): Buffer;
  open(row: string, sealed: Buffer): string;
}

/** The row under which a connection's secrets are sealed: JSON text of their values by name. */
export const secretsRow = (connectionId: string): string => `connection/${connectionId}/secrets`;

/** The row under which a recorded input of a mapping is sealed: JSON text. */
export const recordRow = (id: string): string => `mapping_record/${id}`;

/** The row under which the reason for an appointment is sealed. */
const bookingRow = (appointmentId: string): string => `appointment/${appointmentId}/reason`;

export const sealReason = (seal: Seal, appointmentId: string, reason: string | null | undefined): Buffer | null =>
  typeof reason === 'string' ? seal.close(bookingRow(appointmentId), reason) : null;

export const openReason = (seal: Pick<Seal, 'open'>, appointmentId: string, sealed: Buffer | null): string | null =>
  sealed && seal.open(bookingRow(appointmentId), sealed);

/** Random bytes by the thousand: asking for twelve costs as much as encrypting what they are for. */
const NONCES_AT_ONCE = 512;

function nonces(): () => Buffer {
  const pool = Buffer.alloc(NONCE_BYTES * NONCES_AT_ONCE);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool.subarray(used, (used += NONCE_BYTES));
  };
}

const nextNonce = nonces();

/** key: 32 bytes. */
export function createSeal(raw: Buffer): Seal {
  if (raw.length !== 32) throw new Error(`a key must be 32 bytes, not ${raw.length}`);
  const key = createSecretKey(raw);
  return {
    close(row, text) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row));
      const body = typeof text === 'string' ? cipher.update(text, 'utf8') : cipher.update(text);
      // Of this cipher all is there by now: what is left is the tag.
      cipher.final();
      return Buffer.concat([HEAD, nonce, cipher.getAuthTag(), body]);
    },
    open(row, sealed) {
      if (sealed[0] !== VERSION)
        throw new Error(`sealed by version ${String(sealed[0])}, this program opens ${VERSION}`);
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row)).setAuthTag(tag);
      return decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}

/** A connection's secrets by name. Undefined when they cannot be opened: they were sealed with another key. */
export function openSecrets(
  seal: Seal,
  connectionId: string,
  sealed: Buffer | null,
): Record<string, string> | undefined {
  if (!sealed) return {};
  try {
    return JSON.parse(seal.open(secretsRow(connectionId), sealed)) as Record<string, string>;
  } catch {
    return undefined;
  }
}
