/** Instants as text, made by Postgres, for rows that are read one by one; for what comes by the thousand see domain/wall-clock.ts. */

/** SQL: the instant in UTC, to the millisecond, e.g. 2026-12-01T14:00:00.000Z. */
export const utcTime = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** SQL: the instant as the wall clock of `zone` (an expression) shows it, with that zone's offset, e.g. 2026-12-01T09:00:00-05:00. */
export function zonedTime(column: string, zone: string): string {
  const local = `(${column} at time zone ${zone})`;
  const minutes = `(extract(epoch from ${local} - (${column} at time zone 'UTC'))::int / 60)`;
  return `to_char(${local}, 'YYYY-MM-DD"T"HH24:MI:SS') || case when ${minutes} < 0 then '-' else '+' end
    || to_char(abs(${minutes}) / 60, 'FM00') || ':' || to_char(abs(${minutes}) % 60, 'FM00')`;
}
