/** docs/reliability.md, from the results of all runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Defect } from './defects/defect.ts';
import { readDefectResults } from './defects/defect-results.ts';
import { reportOfDefects } from './defects/report-defects.ts';
import type { Result } from './results.ts';
import type { Row } from './row.ts';

const FILE = join(import.meta.dirname, '../../docs/reliability.md');

export async function writeReport(
  rows: readonly Row[],
  results: readonly Result[],
  defects: readonly Defect[],
): Promise<void> {
  const text = `${reportOf(rows, results)}\n${reportOfDefects(defects, readDefectResults())}`;
  await writeFile(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
}

export function reportOf(rows: readonly Row[], all: readonly Result[]): string {
  const results = all.filter(({ mended }) => mended === undefined);
  const lines = rows.flatMap((row) =>
    row.drivers.map((driver) =>
      lineOf(
        row,
        driver,
        results.filter((each) => each.row === row.name && each.driver === driver),
      ),
    ),
  );
  const commits = [...new Set(results.map(({ commit }) => commit))];
  return `# Reliability: what was done to the hub, and what came of it

Written by \`npm run chaos -- --report\` from [reliability-results.jsonl](reliability-results.jsonl); commits: ${commits.join(', ') || 'none yet'}.
Real processes, a real Postgres with fsync on, a real Redis, real \`kill -9\`; the hospitals are simulators in a process
that no fault kills. The checks look from outside: the clients' journal of answers, the hospitals' own journals, reads of
the API, the logs; never the hub's own claim of success. [test/chaos/README.md](../test/chaos/README.md) says how.

| fault | one trial | queue | trials wanted | done | operations | violations | unknown outcomes: resolved / parked | recovery p50 / p95 | other |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

- **Parked**: put before a person (\`needs_review\`), at a HIS that cannot be asked for its appointments. Each of them was then
  resolved by hand or replayed, and the invariants held again afterwards. Parked at a HIS that can be asked is a violation.
- **Recovery**: from a fault until everything that was begun before it was settled, with the quick timing of test/chaos/policy.ts.
- No violation in _n_ trials bounds the rate of violations at 3/_n_ with 95 % confidence.

${mendedIn(all)}
## Invariants

| id | what must hold | decided by |
| --- | --- | --- |
| I1 | whatever was answered 2xx is settled within 120 s of the last fault, or waits for a person with a reason | clients' journal, reads of the API |
| I2 | no slot has two living appointments, in the hub or at a HIS | both books |
| I3 | at most one appointment at the HIS per transaction; what is booked is there once | the HIS's journal |
| I4 | an attempt was committed before the HIS saw its first request; the HIS holds nothing that the ledger does not know | the HIS's journal, the attempts |
| I5 | everything that waits for a person can be replayed, twice is as once | I1 to I3 again, after the replays |
| I6 | the HIS saw the changes of an appointment in order, and ends where the hub ends | the HIS's journal |
| I7 | no patient's data in logs, problems, events, jobs | canaries in every field of every patient |
| I8 | nothing of one organization is shown to another | a stranger who asks while faults strike |
| I9 | no process grows without bound | memory, after every batch |
| I10 | nothing is shown booked before the HIS has it, nothing ended is open again | the clients' sightings |

## Run it again

\`\`\`sh
npm run chaos -- --trials 10                        # ten trials of every row
npm run chaos -- --fault kill-worker --driver bullmq --trials 500
npm run chaos -- --fault kill-worker --driver pg-boss --trials 10 --seed 1763625600   # the batch of that seed
npm run chaos -- --resume --minutes 60              # go on with what is left, add to the results
npm run chaos -- --report                           # write this page
\`\`\`

A seed decides who is struck, when, and what the clients ask; the order in which processes then meet is the machine's. So a
violation comes again with its seed often, not always: repeat the batch.
`;
}

/** What these runs have found, told because it is what they are for. */
function mendedIn(results: readonly Result[]): string {
  const found = results.filter(({ mended }) => mended !== undefined);
  if (found.length === 0) return '';
  const lines = found.map(
    ({ row, driver, seed, violations, commit, mended }) =>
      `| ${row} | ${driver} | ${seed} | ${[...new Set(violations.map(({ invariant }) => invariant))].join(' ')} | ${commit} | ${mended} |`,
  );
  return `## Found, and mended

The trials of these runs do not count above.

| row | queue | seed | broken | commit | what it was |
| --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

function lineOf(row: Row, driver: string, results: readonly Result[]): string {
  const sum = (of: (result: Result) => number): number => results.reduce((total, each) => total + of(each), 0);
  const newest = results.at(-1);
  const ms = (share: 'p50' | 'p95'): string => {
    const values = results.flatMap((each) => (each.recoveryMs[share] === null ? [] : [each.recoveryMs[share]]));
    return values.length === 0 ? '–' : `${(Math.max(...values) / 1000).toFixed(1)} s`;
  };
  const others = Object.entries(newest?.notes ?? {}).map(([name, value]) => `${name} ${value}`);
  const cells = [
    row.fault,
    row.trial,
    driver,
    row.wanted,
    sum(({ trials }) => trials),
    sum(({ operations }) => operations),
    sum(({ violations }) => violations.length),
    `${sum(({ unknown }) => unknown.resolved)} / ${sum(({ unknown }) => unknown.parked)}`,
    `${ms('p50')} / ${ms('p95')}`,
    others.join(', ') || '–',
  ];
  return `| ${cells.join(' | ')} |`;
}
