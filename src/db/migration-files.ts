import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Migration {
  /** From the file's name: 0002_ledger.sql is version 2. */
  readonly version: number;
  readonly name: string;
  readonly file: string;
  readonly sql: string;
  /** SHA-256, hexadecimal. */
  readonly checksum: string;
}

const OWN = fileURLToPath(new URL('migrations/', import.meta.url));
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/** The migrations of a directory, by version. Throws when a name is not `0001_what_it_does.sql` or a version occurs twice. */
export async function readMigrations(directory = OWN): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).toSorted();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  for (const [index, { version, file }] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before?.version === version) {
      throw new Error(`migrations ${before.file} and ${file} have the same number: give the newer one the next number`);
    }
  }
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const [, version, name] = FILE_NAME.exec(file) ?? [];
  if (version === undefined || name === undefined) {
    throw new Error(`expected a migration to be named like 0001_what_it_does.sql, got ${file}: rename it`);
  }
  // A checkout on Windows may end lines otherwise; the migration is the same.
  const sql = (await readFile(path.join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
  return { version: Number(version), name, file, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}
