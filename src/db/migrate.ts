import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Sql } from './database.ts';
import { isLockNotHad } from './lock-not-had.ts';
import { readMigrations, type Migration } from './migration-files.ts';

/** Chosen at random, once: all versions of the program must queue at the same lock. */
const LOCK = 7_203_518_664;

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * How a migration waits for a table that somebody uses, e.g. a dump. Postgres keeps whoever comes later waiting behind it, and a process
 * of the version before may still take bookings: so it waits for a moment only, lets go of all that it had, and comes again after a pause.
 */
export interface Patience {
  /** Longer than deadlock_timeout (1 s unless set), after which Postgres ends an autovacuum that is in the way. */
  readonly momentMs: number;
  readonly pauseMs: number;
  /** From the first time on that somebody was in the way. */
  readonly inAllMs: number;
  /** Told of each migration that waits, once. */
  readonly onWait: (why: string) => void;
}

/** `nulls not distinct`, and views with the rights of who asks. */
const OLDEST_SERVER = 15;

const PATIENCE: Patience = { momentMs: 2_000, pauseMs: 4_000, inAllMs: 600_000, onWait: () => {} };

/**
 * Brings the schema to the code's version and returns the versions applied now, ascending (none when it was there already).
 * Each migration is one transaction, and several processes may call this at once: each takes the lock, looks again, applies one.
 * Throws, and changes nothing, when the server is too old, when the database is newer than the code, when an applied file was edited, when a file
 * numbered below the newest applied one was never applied, or when somebody is in the way for too long. `directory`: src/db/migrations
 * unless told.
 */
export async function migrate(db: Database, directory?: string, given: Partial<Patience> = {}): Promise<number[]> {
  const { momentMs, pauseMs, inAllMs, onWait } = { ...PATIENCE, ...given };
  await refuseOldServer(db);
  const migrations = await readMigrations(directory);
  const done: number[] = [];
  let waiting: { readonly file: string; readonly until: number } | undefined;
  for (;;) {
    try {
      const afterMs = waiting ? pauseMs : 0;
      const version = await db.transaction((tx) => applyNext(tx, migrations, momentMs, afterMs));
      if (version === undefined) return done;
      done.push(version);
      waiting = undefined;
    } catch (error) {
      if (!(error instanceof InTheWay)) throw error;
      if (waiting?.file !== error.file) {
        onWait(error.message);
        waiting = { file: error.file, until: Date.now() + inAllMs };
      }
      if (Date.now() >= waiting.until)
        throw new Error(`${error.message}. Nothing was changed: end that transaction, and start again`, {
          cause: error,
        });
    }
  }
}

/** Another transaction uses what a migration has to change. */
class InTheWay extends Error {
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const who = 'a dump, a report, a session left open: pg_stat_activity lists them';
    super(`migration ${file} has to change a table that another transaction uses (${who})`, { cause });
    this.file = file;
  }
}

/**
 * Lock order: the migration lock, then whatever the migration locks. Held until the transaction ends. The pause comes under the
 * migration lock, so that of many processes one tries at a time, in a transaction that holds nothing else.
 */
async function applyNext(
  tx: Sql,
  migrations: readonly Migration[],
  momentMs: number,
  afterMs: number,
): Promise<number | undefined> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  if (afterMs > 0) await delay(afterMs);
  const applied = await readApplied(tx);
  checkHistory(applied, migrations);
  const next = migrations[applied.length];
  if (!next) return undefined;
  try {
    await tx.query(`set local lock_timeout = ${momentMs}`);
    await tx.query(next.sql);
  } catch (error) {
    if (isLockNotHad(error)) throw new InTheWay(next.file, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`migration ${next.file} failed and was rolled back: ${reason}`, { cause: error });
  }
  await tx.query('insert into schema_migration (version, name, checksum) values ($1, $2, $3)', [
    next.version,
    next.name,
    next.checksum,
  ]);
  return next.version;
}

async function readApplied(tx: Sql): Promise<Applied[]> {
  const { rows: found } = await tx.query(`select 1 from pg_tables where schemaname = 'public' and tablename = $1`, [
    'schema_migration',
  ]);
  if (found.length === 0) {
    await tx.query(`
      create table schema_migration (
        version integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`);
  }
  const { rows } = await tx.query<Applied>('select version, name, checksum from schema_migration order by version');
  return rows;
}

/** What was applied must be the first files, in order and unchanged. */
function checkHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  const newest = applied.at(-1)?.version ?? 0;
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) {
    throw new Error(
      `the database has schema version ${newest}, and this program knows versions up to ${known}: run the newer program`,
    );
  }
  for (const [index, was] of applied.entries()) {
    const file = migrations[index];
    if (file && file.version < was.version) {
      throw new Error(
        `migration ${file.file} was never applied, but the later version ${was.version} was: give the file the next number`,
      );
    }
    if (file?.version !== was.version) {
      throw new Error(
        `the database has schema version ${was.version} (${was.name}), whose file is missing: restore it`,
      );
    }
    if (file.checksum !== was.checksum) {
      throw new Error(
        `migration ${file.file} was changed after it was applied: restore it, and make the change in a new file`,
      );
    }
  }
}

async function refuseOldServer(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ version: string; number: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::integer as number`,
  );
  const [server] = rows;
  if (server && server.number < OLDEST_SERVER * 10_000)
    throw new Error(`expected Postgres ${OLDEST_SERVER} or newer, found ${server.version}: upgrade the server`);
}
