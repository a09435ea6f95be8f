/** How Postgres carries out the statements of the hub: caught as they are made, with their values. */
import type { Database, Sql } from '../../../src/db/database.ts';
import { isInOrder } from '../../../src/db/prepared.ts';

export interface Plan {
  /** What was asked for when the statement was made. */
  readonly of: string;
  readonly text: string;
  /** As `explain` prints it. */
  readonly lines: readonly string[];
}

export interface Explaining {
  /** Does what `db` does, and keeps the plan of each statement. */
  readonly db: Database;
  readonly plans: readonly Plan[];
  /** What the next statements are made for. */
  about(what: string): void;
}

export function explaining(db: Database): Explaining {
  const plans: Plan[] = [];
  let of = '';
  const wrap = (sql: Sql): Sql => ({
    async query(text, values) {
      if (/^\s*(select|with|insert|update|delete)\b/i.test(text)) {
        const explain = (by: Sql) => by.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        const explained = await (isInOrder(text)
          ? db.transaction(async (tx) => {
              await tx.query('set local enable_bitmapscan = off');
              return explain(tx);
            })
          : explain(sql));
        plans.push({ of, text, lines: explained.rows.map((row) => row['QUERY PLAN']) });
      }
      return sql.query(text, values);
    },
  });
  return {
    plans,
    about: (what) => (of = what),
    db: { ...wrap(db), transaction: (work) => db.transaction((tx) => work(wrap(tx))) },
  };
}

/** Tables of these that a plan reads from their first row to their last. */
export function readWhole({ lines }: Plan, tables: readonly string[]): readonly string[] {
  const scanned = lines.flatMap((line) => /Seq Scan on (\w+)/.exec(line)?.[1] ?? []);
  return [...new Set(scanned)].filter((table) => tables.includes(table));
}
