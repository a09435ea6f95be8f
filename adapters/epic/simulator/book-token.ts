/**
 * The temporary appointment ids of $find: another one in every answer, for one patient, and useless after a few minutes.
 * They carry their slot inside, so that nothing has to be remembered.
 */
import { createHash, createHmac } from 'node:crypto';

const LIFE_MS = 5 * 60_000;
const SLOT_BYTES = 18;
let issued = 0;

export interface BookToken {
  readonly slotId: string;
  /** The how-manyeth token it is; 0: of a kind that stays. */
  readonly issued: number;
  readonly isFor: (patientId: string) => boolean;
}

/** How many tokens there have been so far. */
export const issuedSoFar = (): number => issued;

/** `stays`: the same one always, without an end (quirk E1 off). */
export function issueBookToken(secret: string, slotId: string, patientId: string, stays: boolean): string {
  issued += 1;
  const payload = Buffer.concat([
    Buffer.from(slotId.slice('eSlot.'.length), 'base64url'),
    bytes(stays ? 0 : Date.now(), 6),
    bytes(stays ? 0 : issued % 2 ** 32, 4),
    patientMark(patientId),
  ]);
  return `e${Buffer.concat([payload, seal(secret, payload)]).toString('base64url')}3`;
}

/** Undefined for what was never issued, or is too old. */
export function readBookToken(secret: string, token: string): BookToken | undefined {
  const all = Buffer.from(token.slice(1, -1), 'base64url');
  const payload = all.subarray(0, SLOT_BYTES + 18);
  if (all.length !== SLOT_BYTES + 30 || !seal(secret, payload).equals(all.subarray(payload.length))) return undefined;
  const issuedAtMs = payload.readUIntBE(SLOT_BYTES, 6);
  if (issuedAtMs > 0 && issuedAtMs + LIFE_MS < Date.now()) return undefined;
  return {
    issued: payload.readUIntBE(SLOT_BYTES + 6, 4),
    slotId: `eSlot.${payload.subarray(0, SLOT_BYTES).toString('base64url')}`,
    isFor: (patientId) => patientMark(patientId).equals(payload.subarray(SLOT_BYTES + 10)),
  };
}

function bytes(value: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
}

const patientMark = (patientId: string): Buffer => createHash('sha256').update(patientId).digest().subarray(0, 8);
const seal = (secret: string, payload: Buffer): Buffer =>
  createHmac('sha256', secret).update(payload).digest().subarray(0, 12);
