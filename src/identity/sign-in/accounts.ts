/** Accounts of people, as signing in needs them. */
import { randomBytes } from 'node:crypto';
import type { Sql } from '../../db/database.ts';
import { isId, ROLES, type Role } from '../../domain/index.ts';
import { hashSecret, secretMatches } from '../client-credentials.ts';

export interface Account {
  readonly id: string;
  readonly organizationId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly patientId: string | undefined;
  readonly providerId: string | undefined;
  readonly locationIds: readonly string[] | undefined;
  readonly passwordIsTemporary: boolean;
  /** An authenticator app is set up. */
  readonly hasTotp: boolean;
}

/** So many wrong passwords or codes in a row lock an account for so long: some 1,000 tries a day. */
const FAILURES_MAX = 10;
const LOCKED_MINUTES = 15;
const PASSWORD_CHARS_MAX = 200;

interface Row {
  readonly id: string;
  readonly organization_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly patient_id: string | null;
  readonly provider_id: string | null;
  readonly location_ids: string[] | null;
  readonly password_hash: string | null;
  readonly password_temporary: boolean;
  readonly has_totp: boolean;
  readonly locked: boolean;
}

const COLUMNS = `id, organization_id, email, name, role, patient_id, provider_id, location_ids, password_hash, password_temporary,
  totp_confirmed_at is not null as has_totp, coalesce(locked_until > now(), false) as locked`;

function accountOf(row: Row): Account | undefined {
  const role = ROLES.find((each) => each === row.role);
  return (
    role && {
      id: row.id,
      organizationId: row.organization_id,
      email: row.email,
      name: row.name,
      role,
      patientId: row.patient_id ?? undefined,
      providerId: row.provider_id ?? undefined,
      locationIds: row.location_ids ?? undefined,
      passwordIsTemporary: row.password_temporary,
      hasTotp: row.has_totp,
    }
  );
}

/** Undefined: there is none, or it was switched off. */
export async function findAccount(sql: Sql, id: string): Promise<Account | undefined> {
  if (!isId(id)) return undefined;
  const { rows } = await sql.query<Row & Record<string, unknown>>(
    `select ${COLUMNS} from account where id = $1 and disabled_at is null`,
    [id],
  );
  return rows[0] && accountOf(rows[0]);
}

/** Compared with when there is no such account, so that the time taken does not tell who has one. */
let nobody: Promise<string> | undefined;

/** Why somebody was not let in. `account`: undefined when there is none of that name. */
export interface Refused {
  readonly account: Pick<Account, 'id' | 'organizationId' | 'role'> | undefined;
  readonly why: 'unknown' | 'locked' | 'wrong-password' | 'wrong-code';
  /** This one was too many: nobody is let in for a while. */
  readonly locksNow: boolean;
}

/** The account of that e-mail and password; else they do not belong together, or there were too many wrong ones. */
export async function checkPassword(
  sql: Sql,
  email: string,
  password: string,
): Promise<{ readonly account: Account } | { readonly refused: Refused }> {
  nobody ??= hashSecret(randomBytes(32).toString('base64url'));
  const known = !email.includes('\0') && password.length <= PASSWORD_CHARS_MAX;
  const { rows } = known
    ? await sql.query<Row & Record<string, unknown>>(
        `select ${COLUMNS} from account where lower(email) = lower($1) and disabled_at is null`,
        [email.normalize('NFC').trim()],
      )
    : { rows: [] };
  const [row] = rows;
  const matches = await secretMatches(password.normalize('NFC'), row?.password_hash ?? (await nobody));
  const account = row && accountOf(row);
  if (!account) return { refused: { account, why: 'unknown', locksNow: false } };
  if (row.locked) return { refused: { account, why: 'locked', locksNow: false } };
  if (!matches) return { refused: { account, why: 'wrong-password', locksNow: await countFailure(sql, row.id) } };
  return { account };
}

/** A wrong password or code. Whether it was one too many. */
export async function countFailure(sql: Sql, id: string): Promise<boolean> {
  const { rows } = await sql.query<{ locked: boolean }>(
    `update account set failures = case when failures + 1 >= $2 then 0 else failures + 1 end,
       locked_until = case when failures + 1 >= $2 then now() + $3 * interval '1 minute' else locked_until end
     where id = $1 returning coalesce(locked_until > now(), false) as locked`,
    [id, FAILURES_MAX, LOCKED_MINUTES],
  );
  return rows[0]?.locked ?? false;
}

export async function isLocked(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query('select 1 from account where id = $1 and locked_until > now()', [id]);
  return rowCount === 1;
}

export async function signedIn(sql: Sql, id: string): Promise<void> {
  await sql.query('update account set failures = 0, signed_in_at = now() where id = $1', [id]);
}

/** NIST SP 800-63B-4, section 3.1.1: length is what counts; no rules about kinds of characters. */
const PASSWORD_CHARS_MIN = 12;

/** What is wrong with a password that somebody chose; undefined: nothing. */
export function passwordProblem(password: string, account: Account): string | undefined {
  if (password.length < PASSWORD_CHARS_MIN) return `Choose at least ${PASSWORD_CHARS_MIN} characters.`;
  if (password.length > PASSWORD_CHARS_MAX) return `Choose at most ${PASSWORD_CHARS_MAX} characters.`;
  if (new Set(password).size < 5) return 'Choose one with more different characters.';
  const [local = ''] = account.email.toLowerCase().split('@');
  if (local.length > 3 && password.toLowerCase().includes(local))
    return 'Choose one without your e-mail address in it.';
  return undefined;
}

/** Errors: none; undefined when the chosen one is the one that it replaces. */
export async function choosePassword(sql: Sql, id: string, password: string): Promise<boolean> {
  const { rows } = await sql.query<{ password_hash: string | null }>(
    'select password_hash from account where id = $1',
    [id],
  );
  const chosen = password.normalize('NFC');
  if (rows[0]?.password_hash && (await secretMatches(chosen, rows[0].password_hash))) return false;
  await sql.query(
    'update account set password_hash = $2, password_temporary = false, version = version + 1 where id = $1',
    [id, await hashSecret(chosen)],
  );
  return true;
}
