/** Secrets of webhooks: made here, shown once, and kept sealed. */
import { randomBytes } from 'node:crypto';
import type { Seal } from './seal.ts';

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
export const SECRET_PREFIX = 'whsec_';

const rowOf = (webhookId: string): string => `webhook/${webhookId}/secret`;

export const newSecret = (): string => SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');

export const sealSecret = (seal: Seal, webhookId: string, secret: string): Buffer =>
  seal.close(rowOf(webhookId), secret);

/** Throws when it was sealed with another key. */
export const openSecret = (seal: Seal, webhookId: string, sealed: Buffer): string =>
  seal.open(rowOf(webhookId), sealed);
