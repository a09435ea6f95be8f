/**
 * The two roles as which the hub works, made at its first start by the one that DATABASE_URL names, which owns the tables.
 * Their passwords follow from the hub's key, so that every process of a hub knows them, and none is kept anywhere.
 */
import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Sql } from './sql.ts';
import { openDatabase } from './database.ts';

/** Sees one organization at a time, or all: the groups that hold the privileges, made by migration 0040. */
type Group = 'tessera_app' | 'tessera_hub';

export interface RoleUrls {
  readonly app: string;
  readonly hub: string;
}

/** Chosen at random, once: processes that start together make a role one after the other. */
const LOCK = 4_118_230_957;
/** A PostgreSQL name is cut off behind so many bytes. */
const NAME_MAX = 63;
/** invalid_password, invalid_authorization_specification: the role is not there, or has another password. */
const NOT_ADMITTED: ReadonlySet<string> = new Set(['28P01', '28000']);

/**
 * `owner`: what DATABASE_URL says, on a database that is migrated. Throws, and says what to do, when the roles are not there and the
 * owner may not make them, or when they could get around row level security.
 */
export async function openRoles(owner: string, hubKey: Buffer): Promise<RoleUrls> {
  const db = openDatabase(owner, { max: 1, onError: () => {} });
  try {
    const found = await db.query<{ database: string }>('select current_database() as database');
    const database = found.rows[0]?.database ?? '';
    const urlOf = (group: Group): Promise<string> =>
      admitted(owner, group, loginName(group, database), passwordOf(hubKey, group, database), (make) =>
        db.transaction(make),
      );
    const [app, hub] = await Promise.all([urlOf('tessera_app'), urlOf('tessera_hub')]);
    return { app, hub };
  } finally {
    await db.close();
  }
}

type InTransaction = (work: (tx: Sql) => Promise<void>) => Promise<void>;

async function admitted(
  owner: string,
  group: Group,
  login: string,
  password: string,
  inTransaction: InTransaction,
): Promise<string> {
  const url = new URL(owner);
  url.username = encodeURIComponent(login);
  url.password = password;
  if (await isAdmitted(url.href, group)) return url.href;
  await inTransaction((tx) => makeLogin(tx, group, login, password)).catch((error: unknown) => {
    throw whyNotMade(error, group, login);
  });
  if (await isAdmitted(url.href, group)) return url.href;
  throw new Error(
    `the database does not admit its role ${login}: let it log in by password (scram-sha-256) in pg_hba.conf`,
  );
}

/** Each database has its own: two hubs on one server have different keys. */
function loginName(group: Group, database: string): string {
  const name = `${group}_${database}`;
  if (Buffer.byteLength(name) <= NAME_MAX) return name;
  return `${group}_${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
}

const passwordOf = (hubKey: Buffer, group: Group, database: string): string =>
  Buffer.from(hkdfSync('sha256', hubKey, '', `tessera ${group} ${database}`, 24)).toString('base64url');

/** Throws when it is admitted, and is more than it should be. */
async function isAdmitted(url: string, group: Group): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query<{ is_member: boolean; is_above: boolean }>(
      `select pg_has_role(oid, $1, 'usage') as is_member, rolsuper or rolbypassrls or rolcreaterole
          or exists (select from pg_class where relowner = r.oid) as is_above
       from pg_roles r where rolname = current_user`,
      [group],
    );
    const [role] = found.rows;
    if (role?.is_above) {
      throw new Error(
        `the role ${client.user} could get around row level security: it must own nothing, and be nosuperuser nobypassrls nocreaterole`,
      );
    }
    return role?.is_member ?? false;
  } catch (error) {
    if (error instanceof pg.DatabaseError && NOT_ADMITTED.has(error.code ?? '')) return false;
    throw error;
  } finally {
    await client.end();
  }
}

async function makeLogin(tx: Sql, group: Group, login: string, password: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  const name = pg.escapeIdentifier(login);
  const { rowCount } = await tx.query('select from pg_roles where rolname = $1', [login]);
  if (rowCount === 0) await tx.query(`create role ${name}`);
  await tx.query(`alter role ${name} login password ${pg.escapeLiteral(scramVerifier(password))}`);
  await tx.query(`grant ${group} to ${name}`);
}

function whyNotMade(error: unknown, group: Group, login: string): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== '42501') return error;
  return new Error(
    `DATABASE_URL names a role that may not make ${login} and grant ${group} to it: give it createrole ` +
      `(and, where ${group} was made by another one, "grant ${group} to … with admin option"), or name one that may`,
    { cause: error },
  );
}

/** What Postgres would make of the password (RFC 5803), made here so that the server's log cannot show it. */
function scramVerifier(password: string): string {
  const iterations = 4_096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac(salted, 'Server Key').toString('base64')}`;
}
