/** The key that signs the heads of the chain: Ed25519, kept sealed, and known by the hash of its public half. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Sql } from '../db/database.ts';
import type { Seal } from '../ledger/seal.ts';
import { signedBytes, type Head, type SignedHead } from './chain.ts';

export interface AuditSigner {
  readonly kid: string;
  sign(head: Head): SignedHead;
  /** Base64url. */
  signBytes(bytes: Buffer): string;
  /** Whether it has signed this. */
  hasSigned(head: SignedHead): boolean;
}

const rowOf = (kid: string): string => `audit_key/${kid}/private_key`;

/** RFC 8410: what comes before the 32 bytes of an Ed25519 public key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Base64url of SHA-256. */
export const kidOf = (publicKey: Uint8Array): string => createHash('sha256').update(publicKey).digest('base64url');

/** `raw`: 32 bytes. Throws when they are no key. */
const publicKeyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });

const rawOf = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);

/** `signature`: base64url. */
export const areSignedBy = (publicKey: Uint8Array, bytes: Buffer, signature: string): boolean =>
  verify(null, bytes, publicKeyOf(publicKey), Buffer.from(signature, 'base64url'));

export const isSignedBy = (publicKey: Uint8Array, head: SignedHead): boolean =>
  areSignedBy(publicKey, signedBytes(head), head.signature);

/**
 * The key of this hub, made when there is none and none was ever used. Throws when it does not open, or is not the one it says.
 * `tx`: whoever calls holds the lock of sealing.
 */
export async function openSigner(tx: Sql, seal: Seal): Promise<AuditSigner> {
  const { rows } = await tx.query<{ kid: string; private_key: Buffer }>(
    'select kid, private_key from audit_key order by created_at desc, kid limit 1',
  );
  const key = rows[0] ? openKey(seal, rows[0].kid, rows[0].private_key) : await makeKey(tx, seal);
  const raw = rawOf(key);
  const kid = kidOf(raw);
  return {
    kid,
    sign: (head) => ({ ...head, kid, signature: sign(null, signedBytes(head), key).toString('base64url') }),
    signBytes: (bytes) => sign(null, bytes, key).toString('base64url'),
    hasSigned: (head) => head.kid === kid && isSignedBy(raw, head),
  };
}

async function makeKey(tx: Sql, seal: Seal): Promise<KeyObject> {
  const used = await tx.query('select from audit_head limit 1');
  if (used.rowCount !== 0)
    throw new Error('the key that has signed the heads of the audit is gone from table audit_key');
  const { privateKey } = generateKeyPairSync('ed25519');
  const raw = rawOf(privateKey);
  const kid = kidOf(raw);
  await tx.query('insert into audit_key (kid, public_key, private_key) values ($1, $2, $3)', [
    kid,
    raw,
    seal.close(rowOf(kid), privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')),
  ]);
  return privateKey;
}

function openKey(seal: Seal, kid: string, sealed: Buffer): KeyObject {
  let key: KeyObject;
  try {
    const der = Buffer.from(seal.open(rowOf(kid), sealed), 'base64');
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    // The cause could carry the key.
    throw new Error(`the key ${kid} of the audit does not open: it was sealed with another root key, or it is damaged`);
  }
  if (kidOf(rawOf(key)) !== kid) throw new Error(`the key ${kid} of the audit is another than its name says`);
  return key;
}

/**
 * The public keys by id. With a seal only those whose private half this hub's root key opens: whoever can write into the database, and
 * has not the root key, cannot add one.
 */
export async function publicKeys(sql: Sql, seal: Seal | undefined): Promise<ReadonlyMap<string, Buffer>> {
  if (!seal) {
    const { rows } = await sql.query<{ kid: string; public_key: Buffer }>('select kid, public_key from audit_key');
    return new Map(rows.map((each) => [each.kid, each.public_key]));
  }
  const { rows } = await sql.query<{ kid: string; private_key: Buffer }>('select kid, private_key from audit_key');
  return new Map(
    rows.flatMap(({ kid, private_key: sealed }) => {
      try {
        return [[kid, rawOf(openKey(seal, kid, sealed))] as const];
      } catch {
        return [];
      }
    }),
  );
}
