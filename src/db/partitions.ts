/**
 * Tables that are cut into pieces of time. The functions that make and drop pieces belong to the owner of the tables, and do so by the
 * rules of migration 0052 only; who calls them owns nothing.
 */
import type { Sql } from './sql.ts';

/** A piece whose time is over. */
export interface OverPartition {
  readonly name: string;
  /** The table that it is a piece of. */
  readonly table: string;
  /** Of table `retention`. */
  readonly class: string;
  /** RFC 3339. */
  readonly since: string;
  readonly until: string;
}

/** Rows. */
export interface PartitionRows {
  readonly going: number;
  /** Somebody needs them still. */
  readonly staying: number;
}

/** `sql`: as the owner. Days by class. */
export async function setRetention(sql: Sql, retention: Readonly<Record<string, number>>): Promise<void> {
  await sql.query(
    `update retention r set days = wanted.value::integer from jsonb_each_text($1) wanted
     where r.class = wanted.key and r.days <> wanted.value::integer`,
    [JSON.stringify(retention)],
  );
}

/** Those of now and of the times to come. Returns the names of those that were not there. */
export async function makePartitions(sql: Sql): Promise<readonly string[]> {
  const made = await sql.query<{ name: string }>('select make_partitions() as name');
  return made.rows.map((each) => each.name);
}

/** Oldest first. */
export async function overPartitions(sql: Sql): Promise<readonly OverPartition[]> {
  const found = await sql.query<OverPartition & Record<string, unknown>>(
    'select partition as name, target as "table", class, since, until from over_partitions() order by since, partition',
  );
  return found.rows;
}

/** What would become of its rows. */
export async function countPartition(sql: Sql, name: string): Promise<PartitionRows> {
  return rowsOf(await sql.query<Counted>('select going, staying from count_partition($1, false)', [name]));
}

/** Throws when others hold it for too long: then nothing was done. */
export async function dropPartition(sql: Sql, name: string): Promise<PartitionRows> {
  return rowsOf(await sql.query<Counted>('select going, staying from drop_partition($1)', [name]));
}

type Counted = PartitionRows & Record<string, unknown>;

const rowsOf = ({ rows }: { readonly rows: readonly Counted[] }): PartitionRows => {
  const { going = 0, staying = 0 } = rows[0] ?? {};
  return { going, staying };
};
