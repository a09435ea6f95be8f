/** Encryption at rest of what may hold PHI or secrets: AES-256-GCM, bound to the row it belongs to. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens text. `row` names the row (table and id): what was sealed for one row does not open for another. */
export interface Seal {
  close(row: string, text: string): Buffer;
  open(row: string, sealed: Buffer): string;
}

/** The row under which a connection's secrets are sealed: JSON text of their values by name. */
export const secretsRow = (connectionId: string): string => `connection/${connectionId}/secrets`;

/** The row under which a recorded input of a mapping is sealed: JSON text. */
export const recordRow = (id: string): string => `mapping_record/${id}`;

/** key: 32 bytes. */
export function createSeal(key: Buffer): Seal {
  if (key.length !== 32) throw new Error(`the root key must be 32 bytes, not ${key.length}`);
  return {
    close(row, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
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
