/** The keys that sign tokens: ES256, sealed in the database, the same for every process, renewed without anybody's noticing. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import type { Database, Sql } from '../db/database.ts';

/** Seals and opens text for the row that it belongs to. */
export interface Seal {
  close(row: string, text: string): Buffer;
  open(row: string, sealed: Buffer): string;
}

export const ALGORITHM = 'ES256';
/** So long a new key is published before it signs: copies of the key set are kept for ten minutes at most. */
const LEAD_SECONDS = 900;
/** So long an old key verifies after it has signed its last: no token lives longer. */
const OVERLAP_SECONDS = 24 * 3600;
/** Other processes' new keys are seen within this time; an unknown key id looks sooner, but not at every call. */
const REFRESH_MS = 60_000;
const COOLDOWN_MS = 2_000;
const AGE_DAYS_MAX = 90;
/** Chosen at random, once. */
const LOCK = 4_918_220_377;

interface Key {
  readonly kid: string;
  readonly publicKey: JWK;
  readonly privateKey: CryptoKey;
  readonly signsFrom: number;
}

const rowOf = (kid: string): string => `signing_key/${kid}/private_key`;

export class SigningKeys {
  readonly #sql: Sql;
  readonly #seal: Seal;
  #keys: readonly Key[] = [];
  #readAt = 0;
  #reading: Promise<void> | undefined;

  private constructor(sql: Sql, seal: Seal) {
    this.#sql = sql;
    this.#seal = seal;
  }

  /** Makes the first key when there is none, and a new one when the newest is 90 days old. Throws when a key does not open. */
  static async open(db: Database, seal: Seal): Promise<SigningKeys> {
    await db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
      const { rows } = await tx.query<{ old: boolean | null }>(
        `select max(created_at) < now() - $1 * interval '1 day' as old from signing_key`,
        [AGE_DAYS_MAX],
      );
      if (rows[0]?.old === null) await addKey(tx, seal, 0);
      else if (rows[0]?.old === true) await addKey(tx, seal, LEAD_SECONDS);
    });
    const keys = new SigningKeys(db, seal);
    await keys.#read();
    return keys;
  }

  /** What others need to verify (RFC 7517), the newest first. */
  get published(): readonly JWK[] {
    return this.#keys.map((each) => each.publicKey);
  }

  /** The newest that is old enough to be known. */
  async signing(): Promise<Key> {
    if (Date.now() - this.#readAt > REFRESH_MS) await this.#refresh();
    const key = this.#keys.find((each) => each.signsFrom <= Date.now()) ?? this.#keys.at(-1);
    if (!key) throw new Error('there is no signing key');
    return key;
  }

  /** Of that id; undefined when there is none that still verifies. */
  async find(kid: string | undefined): Promise<JWK | undefined> {
    const known = (): JWK | undefined => this.#keys.find((each) => each.kid === kid)?.publicKey;
    const age = Date.now() - this.#readAt;
    if (age > REFRESH_MS || (!known() && age > COOLDOWN_MS)) await this.#refresh();
    return known();
  }

  /** For whoever signs by itself: the one that signs first, then the others. */
  async privateKeys(): Promise<readonly JWK[]> {
    const { kid } = await this.signing();
    const sorted = this.#keys.toSorted((a, b) => Number(b.kid === kid) - Number(a.kid === kid));
    return Promise.all(
      sorted.map(async (each) => ({
        ...(await exportJWK(each.privateKey)),
        kid: each.kid,
        alg: ALGORITHM,
        use: 'sig',
      })),
    );
  }

  #refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { rows } = await this.#sql.query<{ kid: string; public_key: JWK; private_key: Buffer; signs_from: string }>(
      `select kid, public_key, private_key, signs_from from signing_key
       where verifies_until is null or verifies_until > now() order by signs_from desc, kid`,
    );
    this.#keys = await Promise.all(
      rows.map(async (row) => ({
        kid: row.kid,
        publicKey: row.public_key,
        privateKey: await opened(this.#seal, row.kid, row.private_key),
        signsFrom: Date.parse(row.signs_from),
      })),
    );
    this.#readAt = Date.now();
  }
}

/**
 * A new key. It signs in a quarter of an hour, when everybody knows it; what the others have signed is good for as long as it says.
 * `atOnce`: it signs now, and the others verify nothing any more (a key has leaked): who has a token needs a new one.
 * Returns the key's id.
 */
export function rotateSigningKey(
  db: Database,
  seal: Seal,
  { atOnce = false }: { readonly atOnce?: boolean } = {},
): Promise<string> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    return addKey(tx, seal, atOnce ? 0 : LEAD_SECONDS, atOnce ? 0 : OVERLAP_SECONDS);
  });
}

async function addKey(tx: Sql, seal: Seal, leadSeconds: number, overlapSeconds = OVERLAP_SECONDS): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  await tx.query(
    `update signing_key set verifies_until = least(coalesce(verifies_until, 'infinity'), now() + ($1 + $2) * interval '1 second')
     where verifies_until is null or $2 = 0`,
    [leadSeconds, overlapSeconds],
  );
  await tx.query(
    `insert into signing_key (kid, public_key, private_key, signs_from) values ($1, $2, $3, now() + $4 * interval '1 second')`,
    [
      kid,
      JSON.stringify({ ...jwk, kid, alg: ALGORITHM, use: 'sig' }),
      seal.close(rowOf(kid), JSON.stringify(await exportJWK(privateKey))),
      leadSeconds,
    ],
  );
  return kid;
}

async function opened(seal: Seal, kid: string, sealed: Buffer): Promise<CryptoKey> {
  try {
    const key = await importJWK(JSON.parse(seal.open(rowOf(kid), sealed)) as JWK, ALGORITHM, { extractable: true });
    if (key instanceof Uint8Array || key.type !== 'private') throw new TypeError('not a private key');
    return key;
  } catch {
    // The cause could carry the key.
    throw new Error(
      `the signing key ${kid} does not open: it was sealed with another root key, or it is damaged. Restore the root key, or delete the row of table signing_key: a new key is then made, and the tokens that it has signed become invalid.`,
    );
  }
}
