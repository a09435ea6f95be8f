/** Tokens as an attacker would make them: any header, any claims, any key, no library in between. */
import { createHmac, sign, type KeyObject } from 'node:crypto';
import { HubError } from '../../../src/domain/index.ts';
import { createSeal } from '../../../src/ledger/seal.ts';
import type { Authenticate } from '../../../src/identity/index.ts';

export const seal = createSeal(Buffer.alloc(32, 7));

export const ORGANIZATION = '0190d1a2-0000-7000-8000-000000000001';
export const PATIENT = '0190d1a2-0000-7000-8000-000000000002';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export type Claims = Readonly<Record<string, unknown>>;

export function es256(header: Claims, claims: Claims, key: KeyObject): string {
  const text = `${encode({ alg: 'ES256', typ: 'at+jwt', ...header })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

export function rs256(header: Claims, claims: Claims, key: KeyObject): string {
  const text = `${encode({ alg: 'RS256', typ: 'at+jwt', ...header })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

export function hs256(header: Claims, claims: Claims, secret: string): string {
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', ...header })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const unsigned = (header: Claims, claims: Claims): string =>
  `${encode({ alg: 'none', typ: 'at+jwt', ...header })}.${encode(claims)}.`;

/** Seconds since the epoch, as claims have them. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** The error that a caller gets; fails when there is none. */
export async function refusalOf(authenticate: Authenticate, authorization: string | undefined): Promise<HubError> {
  const answer: unknown = await authenticate(authorization).catch((error: unknown) => error);
  if (answer instanceof HubError) return answer;
  throw new Error('expected a HubError', { cause: answer });
}
