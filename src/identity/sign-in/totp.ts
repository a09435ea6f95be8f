/** Codes of an authenticator app (RFC 6238): six digits, thirty seconds, none accepted twice. */
import { Secret, TOTP } from 'otpauth';
import type { Sql } from '../../db/database.ts';
import type { Seal } from '../signing-keys.ts';
import { countFailure } from './accounts.ts';

const PERIOD_SECONDS = 30;
/** One step before and after: clocks of telephones. */
const WINDOW = 1;

const rowOf = (accountId: string): string => `account/${accountId}/totp_secret`;

const totpOf = (secret: string, email = ''): TOTP =>
  new TOTP({ issuer: 'Tessera', label: email, secret: Secret.fromBase32(secret), period: PERIOD_SECONDS });

export interface Enrolment {
  /** Base32, for typing. */
  readonly secret: string;
  /** otpauth://, for a QR code. */
  readonly uri: string;
}

/** The secret that is to be set up: the same until it is confirmed, so that a page loaded anew shows the same code. */
export async function beginEnrolment(
  sql: Sql,
  seal: Seal,
  account: { readonly id: string; readonly email: string },
): Promise<Enrolment> {
  const made = new Secret({ size: 20 }).base32;
  const { rows } = await sql.query<{ totp_secret: Buffer }>(
    `update account set totp_secret = coalesce(totp_secret, $2) where id = $1 and totp_confirmed_at is null returning totp_secret`,
    [account.id, seal.close(rowOf(account.id), made)],
  );
  const [row] = rows;
  if (!row) throw new Error('the authenticator app was set up already');
  const secret = seal.open(rowOf(account.id), row.totp_secret);
  return { secret, uri: totpOf(secret, account.email).toString() };
}

/** Whether the code is right, and new. The first right one confirms the enrolment. Counts what is wrong: locked, when it was one too many. */
export async function checkCode(
  sql: Sql,
  seal: Seal,
  accountId: string,
  code: string,
): Promise<'right' | 'wrong' | 'locked'> {
  const { rows } = await sql.query<{ totp_secret: Buffer | null }>('select totp_secret from account where id = $1', [
    accountId,
  ]);
  const sealed = rows[0]?.totp_secret;
  const digits = code.replaceAll(/\s/g, '');
  const delta =
    sealed && /^\d{6}$/.test(digits)
      ? totpOf(seal.open(rowOf(accountId), sealed)).validate({ token: digits, window: WINDOW })
      : null;
  if (delta !== null) {
    const step = Math.floor(Date.now() / 1000 / PERIOD_SECONDS) + delta;
    const used = await sql.query(
      `update account set totp_step = $2, totp_confirmed_at = coalesce(totp_confirmed_at, now())
       where id = $1 and coalesce(totp_step, 0) < $2`,
      [accountId, step],
    );
    if (used.rowCount === 1) return 'right';
  }
  return (await countFailure(sql, accountId)) ? 'locked' : 'wrong';
}

/** Sets an authenticator app up that is known from elsewhere: the sandbox shows its secret. Returns it. */
export async function presetTotp(sql: Sql, seal: Seal, accountId: string): Promise<string> {
  const secret = new Secret({ size: 20 }).base32;
  await sql.query('update account set totp_secret = $2, totp_confirmed_at = now(), totp_step = null where id = $1', [
    accountId,
    seal.close(rowOf(accountId), secret),
  ]);
  return secret;
}
