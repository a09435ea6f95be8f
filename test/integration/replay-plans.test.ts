import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { changeReplayPlan, createReplayPlan } from '../../src/commands/replay-plans.ts';
import { replayTransaction } from '../../src/commands/replay.ts';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { startReplayRunner } from '../../src/dispatch/replay-runner.ts';
import type { Log } from '../../src/domain/index.ts';
import { takePlanItem, type PlanStep } from '../../src/ledger/replay-plan.ts';
import { listReplayPlans, readReplayPlan, selectForReplay } from '../../src/queries/replay-plans.ts';
import type { TransactionFilter } from '../../src/queries/transaction-filter.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

interface Plan {
  readonly state: string;
  readonly count: number;
  readonly predicted: Readonly<Record<string, number>>;
  readonly progress: Readonly<Record<string, number>>;
  readonly items: readonly {
    readonly transactionId: string;
    readonly predicted: string;
    readonly asksFirst: boolean;
    readonly laterTransactionId: string | null;
    readonly state: string;
    readonly result: string | null;
  }[];
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const FAST = 500;

let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const plan = (filter: TransactionFilter = {}, ceiling = 10_000, ratePerSecond = FAST): Promise<string> =>
  database.db.transaction(async (tx) =>
    createReplayPlan(
      tx,
      bench.support,
      { filter, ceiling, ratePerSecond },
      await selectForReplay(tx, bench.support, filter, ceiling + 1),
    ),
  );
const read = async (id: string): Promise<Plan> =>
  (await readReplayPlan(database.db, bench.support, id, true)) as unknown as Plan;
const change = (id: string, name: 'run' | 'pause' | 'cancel'): Promise<void> =>
  changeReplayPlan(database.db, bench.support, id, name);
const step = (id: string): Promise<PlanStep> => takePlanItem(bench.ledger, id, () => {});
const replaysOf = async ({ transactionId }: Asked): Promise<number> =>
  Number((await bench.transaction(transactionId))['replays']);

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await done());) {
    if (Date.now() > deadline) throw new Error(`it did not happen that ${what}`);
  }
}

/** Items one after the other, each as soon as the rate lets it. */
async function runItems(id: string, items: number): Promise<void> {
  for (let sent = 0; sent < items;) if ((await step(id)).kind === 'sent') sent += 1;
}

const failedOnes = async (count: number): Promise<Asked[]> => {
  const all: Asked[] = [];
  while (all.length < count) all.push(await bench.failed());
  return all;
};

describe('a plan', () => {
  test('says of each transaction what will come of it, oldest first', async () => {
    const slotId = await bench.slot();
    const failed = await bench.failed(slotId);
    const rival = await bench.failed(slotId);
    const doubtful = await bench.book();
    await bench.end(doubtful, 'unresolvable');
    const taken = await bench.failed();
    await bench.clinic.book((await bench.transaction(taken.transactionId)).slot_id);
    const winner = await bench.booked();
    const cancelled = await bench.cancel(winner);
    await bench.end(cancelled, 'given-up');
    const move = await bench.move(winner, await bench.slot());
    await bench.end(move, 'confirmed');
    const refused = await bench.book();
    await bench.end(refused, 'refused');
    const atWork = await bench.book();
    const { items, count, state } = await read(await plan());
    expect({ count, state }).toEqual({ count: 9, state: 'planned' });
    expect(items.map((each) => [each.transactionId, each.predicted, each.laterTransactionId])).toEqual([
      [failed.transactionId, 'will-create', null],
      [rival.transactionId, 'will-conflict', null],
      [doubtful.transactionId, 'will-create', null],
      [taken.transactionId, 'will-conflict', null],
      [winner.transactionId, 'already-done', null],
      [cancelled.transactionId, 'superseded', move.transactionId],
      [move.transactionId, 'already-done', null],
      [refused.transactionId, 'not-replayable', null],
      [atWork.transactionId, 'not-replayable', null],
    ]);
    expect(items.filter((each) => each.asksFirst).map((each) => each.transactionId)).toEqual([doubtful.transactionId]);
    expect(items.map((each) => each.state).filter((each) => each === 'waiting')).toHaveLength(4);
  });

  test('sends nothing until it is run, and holds nothing that failed after it was made', async () => {
    const [early] = await failedOnes(1);
    const id = await plan({ state: 'failed' });
    const [late] = await failedOnes(1);
    expect(await step(id)).toEqual({ kind: 'ended' });
    await change(id, 'run');
    await runItems(id, 1);
    expect(await step(id)).toEqual({ kind: 'open' });
    expect([await replaysOf(early as Asked), await replaysOf(late as Asked)]).toEqual([1, 0]);
  });

  test('never sends what was not predicted to be sent, whatever became of it since', async () => {
    const asked = await bench.book();
    const id = await plan();
    await bench.end(asked, 'given-up');
    await change(id, 'run');
    expect(await step(id)).toEqual({ kind: 'ended' });
    expect(await read(id)).toMatchObject({ state: 'finished', progress: { skipped: 1 } });
    expect(await replaysOf(asked)).toBe(0);
  });

  test('fits its filter, holds up to its ceiling, and is refused when there would be more', async () => {
    await failedOnes(3);
    await bench.booked();
    expect((await read(await plan({ state: 'failed', kind: 'book' }, 3))).count).toBe(3);
    expect((await read(await plan({ state: 'failed', connection: 'none' }))).count).toBe(0);
    expect(await thrown(plan({ state: 'failed' }, 2))).toMatchObject({
      code: 'plan-too-large',
      members: { ceiling: 2 },
    });
  });

  test('is of one organization', async () => {
    await failedOnes(1);
    const id = await plan();
    const other = (await ReplayBench.open(database.db)).support;
    expect(await thrown(readReplayPlan(database.db, other, id, true))).toMatchObject({ code: 'not-found' });
    expect(await thrown(changeReplayPlan(database.db, other, id, 'run'))).toMatchObject({ code: 'not-found' });
    expect(await selectForReplay(database.db, other, {}, 10)).toEqual([]);
    const mine = await listReplayPlans(database.db, bench.support, { limit: 10 });
    expect(mine.items).toMatchObject([{ id, count: 1, state: 'planned' }]);
  });
});

describe('a plan that runs', () => {
  test('sends the oldest first, tells each item how it ended, and ends when all have', async () => {
    const failed = await failedOnes(3);
    const id = await plan();
    await change(id, 'run');
    bench.sent.length = 0;
    await runItems(id, 3);
    expect(bench.sent).toEqual(failed.map((each) => each.transactionId));
    expect(await read(id)).toMatchObject({ state: 'running', progress: { waiting: 0, open: 3 } });
    const [first, second, third] = failed;
    await bench.end(first as Asked, 'confirmed');
    await bench.end(second as Asked, 'given-up');
    expect(await step(id)).toEqual({ kind: 'open' });
    await bench.end(third as Asked, 'refused');
    expect(await step(id)).toEqual({ kind: 'ended' });
    const ended = await read(id);
    expect(ended).toMatchObject({ state: 'finished', progress: { succeeded: 1, failed: 1, rejected: 1, open: 0 } });
    expect(ended.items.map((each) => each.result)).toEqual(['succeeded', 'failed', 'rejected']);
    await replayTransaction(bench.ledger, bench.support, second?.transactionId ?? '', { mode: 'same' });
    expect((await read(id)).items.map((each) => each.result)).toEqual(['succeeded', 'failed', 'rejected']);
  });

  test('refuses what has changed since it was made, and says why', async () => {
    const [gone, redone] = await failedOnes(2);
    const id = await plan();
    await bench.booked((await bench.transaction(gone?.transactionId ?? '')).slot_id);
    await replayTransaction(bench.ledger, bench.support, redone?.transactionId ?? '', { mode: 'same' });
    await change(id, 'run');
    await runItems(id, 2);
    expect((await read(id)).items.slice(0, 2).map(({ state, result }) => [state, result])).toEqual([
      ['refused', 'slot-taken'],
      ['refused', 'under-way'],
    ]);
    expect(await replaysOf(redone as Asked)).toBe(1);
  });

  test('goes no quicker than its rate', async () => {
    await failedOnes(6);
    const id = await plan({}, 10, 10);
    await change(id, 'run');
    const before = performance.now();
    await runItems(id, 6);
    // Five pauses of 100 ms, of which a runner that comes late may catch up one.
    expect(performance.now() - before).toBeGreaterThan(390);
    expect(await step(id)).not.toEqual({ kind: 'sent' });
  });

  test('sends nothing more once a pause was answered, goes on when run again, and run twice is run once', async () => {
    const failed = await failedOnes(4);
    const id = await plan();
    await change(id, 'run');
    await runItems(id, 2);
    await change(id, 'pause');
    await change(id, 'pause');
    expect(await step(id)).toEqual({ kind: 'ended' });
    expect(await read(id)).toMatchObject({ state: 'paused', progress: { waiting: 2, open: 2 } });
    await change(id, 'run');
    await change(id, 'run');
    await runItems(id, 2);
    for (const each of failed) await bench.end(each, 'confirmed');
    await step(id);
    await change(id, 'run');
    expect(await read(id)).toMatchObject({ state: 'finished', progress: { succeeded: 4 } });
    for (const each of failed) expect(await replaysOf(each)).toBe(1);
  });

  test('cancelled leaves the rest as it was, and cannot be run again', async () => {
    const failed = await failedOnes(3);
    const id = await plan();
    await change(id, 'run');
    await runItems(id, 1);
    await change(id, 'cancel');
    await change(id, 'cancel');
    expect(await step(id)).toEqual({ kind: 'ended' });
    expect(await read(id)).toMatchObject({ state: 'cancelled', progress: { cancelled: 2, open: 1 } });
    expect(await Promise.all(failed.map(replaysOf))).toEqual([1, 0, 0]);
    expect(await thrown(change(id, 'run'))).toMatchObject({ code: 'state-conflict', members: { state: 'cancelled' } });
    expect(await thrown(change(id, 'pause'))).toMatchObject({ code: 'state-conflict' });
  });

  test('of several runners sends each item once', async () => {
    const failed = await failedOnes(40);
    const id = await plan();
    await change(id, 'run');
    const runners = [1, 2, 3].map(() => startReplayRunner(bench.ledger, quiet));
    await until('all were sent', async () => (await read(id)).progress['open'] === 40);
    await Promise.all(runners.map((each) => each.stop()));
    expect(bench.sent.filter((each, index) => bench.sent.indexOf(each) !== index)).toEqual(
      // Each was sent when it was booked, and once by the plan.
      failed.map((each) => each.transactionId),
    );
    for (const each of failed) expect(await replaysOf(each)).toBe(1);
  });

  test('whose runner dies before any of its statements has changed nothing, and sends nothing twice', async () => {
    const [asked] = (await failedOnes(1)) as [Asked];
    const id = await plan();
    await change(id, 'run');
    const doomed = openDatabase(database.url, { max: 1, onError: () => {} });
    let point = 1;
    for (; ; point += 1) {
      let statements = 0;
      const dying: Database = {
        ...doomed,
        transaction: (work) =>
          doomed.transaction((tx) =>
            work({
              query: async (text, values) => {
                statements += 1;
                if (statements === point) await tx.query('select pg_terminate_backend(pg_backend_pid())');
                return tx.query(text, values);
              },
            }),
          ),
      };
      const done = await takePlanItem({ ...bench.ledger, db: dying }, id, () => {}).catch(() => 'died');
      if (done !== 'died') break;
      // Its locks go with its backend, which may take a moment: until then the plan is skipped as another runner's.
      await database.db.query('select 1 from replay_plan where id = $1 for update', [id]);
      expect(await replaysOf(asked)).toBe(0);
      expect((await read(id)).progress).toMatchObject({ waiting: 1 });
      expect(await bench.slotOf((await bench.transaction(asked.transactionId)).slot_id)).toMatchObject({
        owner: null,
      });
    }
    await doomed.close();
    expect(point).toBeGreaterThan(10);
    expect(await replaysOf(asked)).toBe(1);
    expect((await bench.story(asked.transactionId)).filter((type) => type === 'transaction.replayed')).toHaveLength(1);
    expect((await read(id)).progress).toMatchObject({ open: 1, refused: 0 });
  });

  test('is not held up by an item that cannot be replayed for a fault of the hub', async () => {
    const failed = await failedOnes(3);
    const [, poisoned] = failed;
    await database.db.query(
      `create function poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
       create trigger poison before update on transaction for each row when (old.id = '${poisoned?.transactionId}')
       execute function poison();`,
    );
    try {
      const id = await plan();
      await change(id, 'run');
      const faults: unknown[] = [];
      for (let sent = 0; sent < 3;) {
        const done = await takePlanItem(bench.ledger, id, (error) => void faults.push(error));
        if (done.kind === 'sent') sent += 1;
      }
      expect((await read(id)).items.map(({ state, result }) => [state, result])).toEqual([
        ['replayed', null],
        ['refused', 'internal'],
        ['replayed', null],
      ]);
      expect(faults).toHaveLength(1);
    } finally {
      await database.db.query('drop trigger poison on transaction; drop function poison');
    }
  });

  test('is given up by a runner that stands still, so that another can go on', async () => {
    await failedOnes(2);
    const id = await plan();
    await change(id, 'run');
    const stuck = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const standing = openDatabase(database.url, { max: 1, onError: () => {} });
    const still: Database = {
      ...standing,
      transaction: (work) =>
        standing.transaction((tx) =>
          work({
            query: async (text, values) => {
              if (text.startsWith('savepoint')) {
                reached.resolve();
                await stuck.promise;
              }
              // Ten seconds are too long for a test.
              return tx.query(text.replace(`timeout = '10s'`, `timeout = '200ms'`), values);
            },
          }),
        ),
    };
    const zombie = takePlanItem({ ...bench.ledger, db: still }, id, () => {});
    await reached.promise;
    expect(await step(id)).toEqual({ kind: 'ended' });
    await until('the next runner has its turn', async () => (await step(id)).kind === 'sent');
    stuck.resolve();
    await expect(zombie).rejects.toThrow();
    await runItems(id, 1);
    expect((await read(id)).items.map((each) => each.state)).toEqual(['replayed', 'replayed']);
    await standing.close();
  });
});

test('a plan sends what failed with the mappings that it began with, or with the present ones where it says so', async () => {
  for (const [mode, kept] of [
    ['same', 'abc'],
    ['remap', null],
  ] as const) {
    const { transactionId } = await bench.failed();
    await database.db.query(`update transaction set mapping_version = 'abc' where id = $1`, [transactionId]);
    const id = await database.db.transaction((tx) =>
      createReplayPlan(tx, bench.support, { filter: {}, ceiling: 10, ratePerSecond: FAST, mode }, [transactionId]),
    );
    await change(id, 'run');
    await runItems(id, 1);
    expect(await bench.transaction(transactionId)).toMatchObject({ state: 'queued', mapping_version: kept });
    expect(await read(id)).toMatchObject({ mode });
  }
});
