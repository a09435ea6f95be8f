import type { Sql } from './database.ts';

const CONSEQUENCE = {
  fsync: 'a power failure can destroy the database',
  synchronous_commit: 'a crash can lose bookings that were already confirmed',
  full_page_writes: 'a power failure can leave half-written pages',
} as const;

/**
 * What in the server's settings would let an acknowledged booking be lost, in plain words; empty when all is well.
 * Source: PostgreSQL manual, 19.5 Write Ahead Log.
 */
export async function findDurabilityProblems(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ name: keyof typeof CONSEQUENCE; setting: string }>(
    `select name, current_setting(name) as setting
       from unnest($1::text[]) with ordinality as wanted (name, position) order by position`,
    [Object.keys(CONSEQUENCE)],
  );
  return rows
    .filter(({ setting }) => setting === 'off')
    .map(({ name }) => `${name} is off: ${CONSEQUENCE[name]}. Set "${name} = on" in the server's configuration.`);
}
