/** People of the sandbox, one for every role: their passwords are made anew at every start, and shown in sandbox.json only. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import type { Role } from '../domain/index.ts';
import { hashSecret, presetTotp, temporaryPassword } from '../identity/index.ts';
import type { Seal } from '../ledger/seal.ts';

export interface SandboxAccount {
  readonly email: string;
  readonly password: string;
  /** Base32, for an authenticator app or a program that plays one; for roles that need a second factor. */
  readonly totpSecret?: string;
}

const PEOPLE = ['admin', 'support', 'engineer', 'provider', 'patient'] as const;

export async function keepAccounts(
  sql: Sql,
  seal: Seal,
  { organizationId, patientId, providerId }: Readonly<Record<'organizationId' | 'patientId' | 'providerId', string>>,
): Promise<Readonly<Partial<Record<Role, SandboxAccount>>>> {
  const keep = async (role: (typeof PEOPLE)[number]): Promise<readonly [Role, SandboxAccount]> => {
    const [email, password] = [`${role}@sandbox.example`, temporaryPassword()];
    const { rows } = await sql.query<{ id: string }>(
      `insert into account (id, organization_id, email, name, role, patient_id, provider_id, password_hash, password_temporary)
       values ($1, $2, $3, $4, $5, $6, $7, $8, false)
       on conflict (lower(email)) do update set password_hash = excluded.password_hash, password_temporary = false,
         patient_id = excluded.patient_id, provider_id = excluded.provider_id, failures = 0, locked_until = null, disabled_at = null
       returning id`,
      [
        newId(),
        organizationId,
        email,
        `Sandbox ${role}`,
        role,
        role === 'patient' ? patientId : null,
        role === 'provider' ? providerId : null,
        await hashSecret(password),
      ],
    );
    const [row] = rows;
    if (!row) throw new Error(`the account of the sandbox's ${role} was not written`);
    const needsTotp = role !== 'patient' && role !== 'provider';
    return [role, { email, password, ...(needsTotp && { totpSecret: await presetTotp(sql, seal, row.id) }) }];
  };
  return Object.fromEntries(await Promise.all(PEOPLE.map(keep)));
}
