/** A small share of the matrix, so that neither the hub nor the harness is ever far from it. `npm run chaos` does the rest. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCluster, type OwnedCluster } from './cluster.ts';
import { listRows } from './list-rows.ts';
import { reportOf } from './report.ts';
import { runRow } from './run-row.ts';

/** Trials of each row, all on one hub. One driver: test/hub/many-processes.test.ts kills workers under both. */
const SHARE: Readonly<Record<string, number>> = {
  'kill-api': 2,
  'kill-worker': 2,
  'answer-lost': 10,
  zombie: 1,
  postgres: 1,
  'one-slot': 4,
  outage: 26,
  'bulk-replay': 20,
};

const rows = await listRows();

let owned: OwnedCluster;
beforeAll(async () => {
  owned = await startCluster({ driver: 'pg-boss', apis: 1, workers: 2 });
}, 60_000);
afterAll(async () => {
  await owned[Symbol.asyncDispose]();
}, 60_000);

test.each(Object.entries(SHARE))(
  'no promise is broken by a few trials of %s',
  async (name, trials) => {
    const row = rows.find((each) => each.name === name);
    if (!row) throw new Error(`there is no row ${name}`);
    const said: string[] = [];
    const result = await runRow(row, {
      driver: 'pg-boss',
      trials,
      seed: 1,
      ending: new AbortController().signal,
      say: (text) => said.push(text),
      cluster: () => Promise.resolve({ cluster: owned.cluster, [Symbol.asyncDispose]: () => Promise.resolve() }),
    });
    expect([result.violations, said]).toEqual([[], expect.anything()]);
    expect(result.trials).toBeGreaterThanOrEqual(trials);
    expect(result.operations).toBeGreaterThan(trials);
  },
  120_000,
);

test('the report has a line for every row and driver, and adds up what was done in several runs', () => {
  const [row] = rows;
  if (!row) throw new Error('there are no rows');
  const run = {
    row: row.name,
    driver: 'pg-boss' as const,
    trials: 20,
    operations: 300,
    violations: [],
    seed: 1,
    commit: 'abc',
    at: '2026-01-01T00:00:00.000Z',
    seconds: 60,
    unknown: { resolved: 5, parked: 1 },
    recoveryMs: { p50: 2_000, p95: 4_000 },
    notes: {},
  };
  const text = reportOf(rows, [run, { ...run, trials: 30, recoveryMs: { p50: null, p95: null } }]);
  expect(text).toContain(`| pg-boss | ${row.wanted} | 50 | 600 | 0 | 10 / 2 | 2.0 s / 4.0 s |`);
  for (const each of rows) expect(text.split(`| ${each.fault} |`)).toHaveLength(each.drivers.length + 1);
});
