/** The sandbox's organization, connections and clients: kept over restarts, brought up to date with each. */
import { newId } from '../db/new-id.ts';
import { SANDBOX_POLICY, type ManagedBy, type Role } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { hashSecret } from '../identity/index.ts';
import { secretsRow, type Seal } from '../ledger/seal.ts';

async function idOf(sql: Sql, text: string, values: unknown[]): Promise<string> {
  const kept = await sql.query<{ id: string }>(text, values);
  const [row] = kept.rows;
  if (!row) throw new Error('the sandbox could not be written');
  return row.id;
}

export const keepOrganization = (sql: Sql): Promise<string> =>
  idOf(
    sql,
    `insert into organization (id, key, name, runs_platform) values ($1, 'sandbox', 'Sandbox Health', true)
     on conflict (key) do update set name = excluded.name, runs_platform = true returning id`,
    [newId()],
  );

export interface SandboxConnection {
  readonly key: string;
  readonly name: string;
  readonly managedBy: ManagedBy;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Simulators listen on new ports at every start, so the settings are written anew. */
export async function keepConnection(
  sql: Sql,
  seal: Seal,
  organizationId: string,
  connection: SandboxConnection,
): Promise<string> {
  const id = await idOf(
    sql,
    `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
     values ($1, $2, $3, $4, $3, $5, $6, $7)
     on conflict (organization_id, key) do update set name = excluded.name, config = excluded.config, policy = excluded.policy
     returning id`,
    [newId(), organizationId, connection.key, connection.name, connection.managedBy, connection.config, SANDBOX_POLICY],
  );
  await sql.query('update connection set secrets = $2 where id = $1', [
    id,
    seal.close(secretsRow(id), JSON.stringify(connection.secrets)),
  ]);
  return id;
}

export const sandboxClient = (role: Role): string => `sandbox-${role}`;

/** One without a secret can only be given tokens. */
export async function keepClient(sql: Sql, organizationId: string, role: Role, secret?: string): Promise<void> {
  await sql.query(
    `insert into client (id, organization_id, name, role, secret_hash) values ($1, $2, $3, $4, $5)
     on conflict (id) do update set secret_hash = excluded.secret_hash`,
    [sandboxClient(role), organizationId, `Sandbox ${role}`, role, secret ? await hashSecret(secret) : null],
  );
}
