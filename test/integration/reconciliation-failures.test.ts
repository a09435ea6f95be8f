/** What becomes of a reconciliation that fails: which failures are its end, and which another process, or this one later, mends. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdapterError } from '../../src/adapter-kit/index.ts';
import { TurnRefused } from '../../src/connections/turns.ts';
import { DatabaseAway } from '../../src/db/database.ts';
import { askReconciliation } from '../../src/ledger/reconciliation-run.ts';
import { NoLongerReader } from '../../src/reconcile/hold-lease.ts';
import { runDueReconciliation } from '../../src/reconcile/run-reconciliation.ts';
import { DriftBench, type Hospital } from '../support/drift-bench.ts';
import { driftingHis } from '../support/drifting-his.ts';

let bench: DriftBench;
beforeAll(async () => {
  bench = await DriftBench.open();
});
afterAll(() => bench.close());

/** A hospital with something to compare. */
async function booked(): Promise<Hospital> {
  const his = driftingHis('UTC', 2, 4);
  const hospital = await bench.hospital(his);
  await hospital.synchronise();
  const [slot] = await hospital.slots();
  if (!slot) throw new Error('too few slots');
  await hospital.book(his, slot);
  return hospital;
}

/** What the HIS showed cannot be compared. */
const failing = ({ parts }: Hospital, error: Error): Hospital['parts'] => ({
  ...parts,
  keys: {
    make: (...asked) => parts.keys.make(...asked),
    sealOf: (...asked) => parts.keys.sealOf(...asked),
    indexOf: () => Promise.reject(error),
  },
});

test.each([
  ['for a reason of the hub’s own', new Error('broken'), 'internal'],
  ['for settings that cannot be used', new AdapterError('misconfigured', 'bad-secret', 'unusable'), 'bad-secret'],
])(
  'a reconciliation that fails %s ends as failed, is told, and does not begin again by itself',
  async (_, failure, errorCode) => {
    const hospital = await booked();
    const { db } = hospital.parts;
    const runId = await askReconciliation(db, hospital.connectionId, 'test');
    const run = await runDueReconciliation(failing(hospital, failure));
    await run?.();
    const { rows } = await db.query('select state, error_code from reconciliation_run where id = $1', [runId]);
    expect(rows).toEqual([{ state: 'failed', error_code: errorCode }]);
    expect(await hospital.events('reconciliation.failed')).toEqual([{ runId, errorCode }]);
    expect(await runDueReconciliation(hospital.parts)).toBeUndefined();
  },
);

test.each([
  ['whose process stops', new TurnRefused('connection-reopened')],
  ['that another process does by now', new NoLongerReader()],
  ['whose database is away', new DatabaseAway(new Error('away'))],
  ['whose locks another one has', Object.assign(new Error('deadlock detected'), { code: '40P01' })],
])('a reconciliation %s is not over', async (_, failure) => {
  const hospital = await booked();
  const { db } = hospital.parts;
  const runId = await askReconciliation(db, hospital.connectionId, 'test');
  const run = await runDueReconciliation(failing(hospital, failure));
  await expect(run?.()).rejects.toBe(failure);
  const { rows } = await db.query('select state from reconciliation_run where id = $1', [runId]);
  expect(rows).toEqual([{ state: 'running' }]);
  await (
    await runDueReconciliation(hospital.parts)
  )?.();
  expect(await hospital.events('reconciliation.finished')).toMatchObject([{ runId }]);
});
