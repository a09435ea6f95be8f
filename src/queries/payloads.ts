/** What was sent to a HIS for a transaction, and what it answered. */
import type { Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { NoExchanges } from '../ledger/attempt-result.ts';
import { readTransaction } from './transactions.ts';
import { utcTime } from './times.ts';

export interface PayloadParts {
  /** The exchanges of an attempt as they were, or why there are none any more. */
  open(attemptId: string): Promise<readonly unknown[] | NoExchanges>;
  /** One of them, as it may be seen. */
  show(exchange: unknown): unknown;
}

interface Row {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly attempt: Readonly<Record<string, unknown>>;
}

/** Oldest attempt first; `exchanges` is null where they cannot be read any more, and `gone` says why. Errors: not-found. */
export async function readPayloads(
  sql: Sql,
  caller: Caller,
  id: string,
  { open, show }: PayloadParts,
): Promise<readonly object[]> {
  await readTransaction(sql, caller, id);
  const found = await sql.query<Row>(
    `select a.id, json_build_object('number', a.number, 'step', a.step, 'purpose', a.purpose,
       'startedAt', ${utcTime('a.started_at')}, 'class', x.class) as attempt
     from attempt a left join attempt_result x on x.attempt_id = a.id where a.transaction_id = $1 order by a.number`,
    [id],
  );
  const attempts: object[] = [];
  for (const { id: attemptId, attempt } of found.rows) {
    const exchanges = await open(attemptId);
    attempts.push({
      ...attempt,
      ...(typeof exchanges === 'string'
        ? { exchanges: null, gone: exchanges }
        : { exchanges: exchanges.map(show), gone: null }),
    });
  }
  return attempts;
}
