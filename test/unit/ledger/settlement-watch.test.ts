import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Sql } from '../../../src/db/database.ts';
import { SettlementWatch } from '../../../src/ledger/settlement-watch.ts';

/** A database that answers nothing until it is `back`: then, that all is settled. `asked`: the ids of all statements. */
function awayDatabase() {
  const back = Promise.withResolvers<void>();
  const asked: string[] = [];
  const query = async (_text: string, [ids]: readonly [readonly string[]]) => {
    asked.push(...ids);
    await back.promise;
    return { rows: ids.map((id) => ({ id })) };
  };
  return { sql: { query } as unknown as Sql, asked, back: back.resolve };
}

test('of each that waits one look at most is open, however long the database is away', async () => {
  const { sql, asked, back } = awayDatabase();
  const watch = new SettlementWatch(sql);
  const ids = Array.from({ length: 50 }, (_, nth) => `transaction-${nth}`);
  const waits = ids.map((id) => watch.wait(id, 10_000, AbortSignal.any([])));
  await delay(1_000);
  back();
  expect(await Promise.all(waits)).toEqual(ids.map(() => true));
  expect(asked.toSorted()).toEqual(ids.toSorted());
});

test('who waits is told of the end that another process has made', async () => {
  let settled = false;
  const query = (_text: string, [ids]: readonly [readonly string[]]) =>
    Promise.resolve({ rows: settled ? ids.map((id) => ({ id })) : [] });
  const wait = new SettlementWatch({ query } as unknown as Sql).wait('it', 10_000, AbortSignal.any([]));
  await delay(250);
  settled = true;
  expect(await wait).toBe(true);
});
