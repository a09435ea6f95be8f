/** Clients that log in with a secret of their own: table `client`. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import { ROLES, type Role } from '../domain/index.ts';

export interface Client {
  readonly id: string;
  readonly organizationId: string;
  readonly role: Role;
  /** SMART scopes that it is registered for; undefined: all that its role may do. */
  readonly scopes: readonly string[] | undefined;
  /** Bound to these. */
  readonly locationIds: readonly string[] | undefined;
}

interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 16 MiB and some 40 ms a time. The secrets are random, not chosen by people: the cost is a second line of defence. */
const COST: ScryptCost = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32;

/** `scrypt$N$r$p$salt$hash`, salt and hash as base64url: what `client.secret_hash` holds. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Takes as long for a wrong secret as for the right one. */
export async function secretMatches(secret: string, secretHash: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = secretHash.split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64url');
  const actual = await derive(secret, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function derive(secret: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  return new Promise((settle, fail) => {
    scrypt(secret, salt, HASH_BYTES, { ...cost }, (error, key) => (error ? fail(error) : settle(key)));
  });
}

export const newClientSecret = (): string => randomBytes(32).toString('base64url');

/** Makes a client and its secret. The secret is returned this once; the hub keeps its hash only. */
export async function createClient(
  sql: Sql,
  client: { readonly id: string; readonly organizationId: string; readonly name: string; readonly role: Role },
): Promise<{ readonly id: string; readonly secret: string }> {
  const secret = newClientSecret();
  await sql.query('insert into client (id, organization_id, name, role, secret_hash) values ($1, $2, $3, $4, $5)', [
    client.id,
    client.organizationId,
    client.name,
    client.role,
    await hashSecret(secret),
  ]);
  return { id: client.id, secret };
}

/** Compared with when there is no such client, so that the time taken does not tell which ids exist. */
let nobody: Promise<string> | undefined;

interface ClientRow {
  readonly client: Client;
  /** Of the secret, and of the one before for as long as that is good. */
  readonly hashes: readonly string[];
  readonly jwks: object | null;
}

/** Undefined: there is none, or it was switched off. */
export async function clientById(sql: Sql, id: string): Promise<ClientRow | undefined> {
  // Postgres takes no NUL in a text.
  if (id.includes('\0')) return undefined;
  const { rows } = await sql.query<{
    id: string;
    organization_id: string;
    role: string;
    scopes: string[] | null;
    location_ids: string[] | null;
    hashes: string[];
    jwks: object | null;
  }>(
    `select id, organization_id, role, scopes, location_ids, jwks, array_remove(
       array[secret_hash, case when previous_until > now() then previous_secret_hash end], null) as hashes
     from client where id = $1 and disabled_at is null`,
    [id],
  );
  const [row] = rows;
  const role = ROLES.find((each) => each === row?.role);
  if (!row || !role) return undefined;
  const { scopes, location_ids: locationIds } = row;
  return {
    client: {
      id: row.id,
      organizationId: row.organization_id,
      role,
      scopes: scopes ?? undefined,
      locationIds: locationIds ?? undefined,
    },
    hashes: row.hashes,
    jwks: row.jwks,
  };
}

/** The client of that id and secret, or undefined: no such client, one without a secret, or another secret. */
export async function authenticateClient(sql: Sql, id: string, secret: string): Promise<Client | undefined> {
  const row = await clientById(sql, id);
  nobody ??= hashSecret(randomBytes(32).toString('base64url'));
  const hashes = row && row.hashes.length > 0 ? row.hashes : [await nobody];
  const matches = await Promise.all(hashes.map((hash) => secretMatches(secret, hash)));
  return row && matches.includes(true) ? row.client : undefined;
}
