/** Programs that call the API. Their secrets are shown once, and kept as hashes. */
import { createPublicKey } from 'node:crypto';
import { newId } from '../db/new-id.ts';
import type { Database, Sql } from '../db/database.ts';
import { HubError, notFound, type Caller, type Role } from '../domain/index.ts';
import { hashSecret, newClientSecret } from '../identity/index.ts';
import { checkLocations } from './bound-locations.ts';
import { FieldErrors } from './field-errors.ts';

interface Jwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export interface ClientInput {
  readonly name: string;
  readonly role: Exclude<Role, 'patient' | 'provider'>;
  readonly scopes?: readonly string[] | null;
  readonly locationIds?: readonly string[] | null;
  readonly jwks?: Jwks | null;
}

export type ClientChange = Partial<Omit<ClientInput, 'role'>> & { readonly state?: 'active' | 'disabled' };

/** `secret` null: it signs with its own keys. Errors: validation. */
export async function createClient(
  db: Database,
  caller: Caller,
  input: ClientInput,
): Promise<{ readonly id: string; readonly secret: string | null }> {
  const { name, role } = input;
  await check(db, caller, role, input);
  const id = newId();
  const secret = input.jwks ? null : newClientSecret();
  const hash = secret && (await hashSecret(secret));
  return db.transaction(async (tx) => {
    await tx.query('insert into client (id, organization_id, name, role, secret_hash) values ($1, $2, $3, $4, $5)', [
      id,
      caller.organizationId,
      name,
      role,
      hash,
    ]);
    await update(tx, id, input);
    return { id, secret };
  });
}

/** Errors: not-found, validation. */
export async function changeClient(db: Database, caller: Caller, id: string, change: ClientChange): Promise<void> {
  await db.transaction(async (tx) => {
    const { role } = await lockClient(tx, caller, id);
    await check(tx, caller, role, change);
    await update(tx, id, change);
    await tx.query('update client set version = version + 1 where id = $1', [id]);
  });
}

/** Returns the new secret; the one before is good beside it for `overlapHours`. Errors: not-found, state-conflict. */
export async function rotateClientSecret(
  db: Database,
  caller: Caller,
  id: string,
  overlapHours: number,
): Promise<string> {
  const secret = newClientSecret();
  const hash = await hashSecret(secret);
  await db.transaction(async (tx) => {
    const { jwks } = await lockClient(tx, caller, id);
    if (jwks)
      throw new HubError('state-conflict', 'This client signs with its own keys, and has no secret: change its jwks.');
    await tx.query(
      `update client set secret_hash = $2, version = version + 1,
         previous_secret_hash = case when $3 > 0 then secret_hash end,
         previous_until = case when $3 > 0 and secret_hash is not null then now() + $3 * interval '1 hour' end
       where id = $1`,
      [id, hash, overlapHours],
    );
  });
  return secret;
}

async function update(tx: Sql, id: string, { name, scopes, locationIds, jwks, state }: ClientChange): Promise<void> {
  await tx.query(
    `update client set name = coalesce($2, name),
       scopes = case when $3 then $4::text[] else scopes end,
       location_ids = case when $5 then $6::uuid[] else location_ids end,
       jwks = case when $7 then $8::jsonb else jwks end,
       disabled_at = case $9 when 'disabled' then coalesce(disabled_at, now()) when 'active' then null else disabled_at end
     where id = $1`,
    [
      id,
      name ?? null,
      scopes !== undefined,
      scopes ?? null,
      locationIds !== undefined,
      locationIds ?? null,
      jwks !== undefined,
      jwks ? JSON.stringify(jwks) : null,
      state ?? null,
    ],
  );
}

async function check(sql: Sql, caller: Caller, role: Role, { scopes, locationIds, jwks }: ClientChange): Promise<void> {
  const errors = new FieldErrors();
  if (scopes && role !== 'app') errors.add('/scopes', 'expected with role app only');
  await checkLocations(sql, caller, role, locationIds, errors);
  for (const [index, key] of (jwks?.keys ?? []).entries()) {
    const problem = keyProblem(key);
    if (problem !== undefined) errors.add(`/jwks/keys/${index}`, problem);
  }
  const kids = jwks?.keys.map((key) => key['kid']) ?? [];
  if (new Set(kids).size !== kids.length) errors.add('/jwks/keys', 'expected a kid of its own for every key');
  errors.check();
}

function keyProblem(jwk: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const isStrong = key.asymmetricKeyType === 'ec' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
    return isStrong ? undefined : 'expected an RSA key of at least 2048 bits';
  } catch {
    return 'expected a public key: RSA with n and e, or EC with crv P-384, x and y';
  }
}

async function lockClient(
  tx: Sql,
  caller: Caller,
  id: string,
): Promise<{ readonly role: Role; readonly jwks: unknown }> {
  const found = await tx.query<{ role: Role; jwks: unknown }>(
    'select role, jwks from client where id = $1 and organization_id = $2 for no key update',
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('client');
  return row;
}
