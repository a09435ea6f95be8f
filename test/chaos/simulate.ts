/**
 * The seeded simulation: `node test/chaos/simulate.ts --seeds 10000 --ops 100 --from 0`. Exit 1 when a promise was broken.
 * That the checks find what is wrong: `--proof` runs every planted defect by the seed that it was found by.
 * One seed, told: `node test/chaos/simulate.ts --seed 4711 --trace`. With a planted defect: `--defect no-fencing`.
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { DEFECTS } from './simulation/defects.ts';
import { Ids } from './simulation/short-ids.ts';
import { MemoryDatabase } from './simulation/sql/database.ts';
import { simulate, type Outcome } from './simulation/world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    ops: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    defect: { type: 'string' },
    proof: { type: 'boolean', default: false },
    /** Stop at the first seed that breaks a promise. */
    first: { type: 'boolean', default: false },
  },
});

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

const from = Number(values.seed ?? values.from);
const seeds = values.seed === undefined ? Number(values.seeds) : 1;
const operations = Number(values.ops);
const defect = values.defect === undefined ? undefined : DEFECTS[values.defect];
if (values.defect !== undefined && !defect) {
  tell(`There is no defect "${values.defect}". Known: ${Object.keys(DEFECTS).join(', ')}`);
  process.exit(2);
}

const SHOWN = 10;
/** A planted defect is found by one of so many seeds. */
const SEEDS_MAX = 500;
// Errors are ordinary here: without stacks, and with room for what lives shortly, it takes half the time.
if (!values.trace) Error.stackTraceLimit = 0;
setFlagsFromString('--max-semi-space-size=64');
const time = { now: () => 0 };
const database = new MemoryDatabase(() => time.now());

if (values.proof) {
  let missed = 0;
  for (const [name, planted] of Object.entries(DEFECTS)) {
    // The kept seed first. Every change of the hub makes other worlds of the seeds: then the others, as many as it may take.
    const tried = [planted.foundBy, ...Array.from({ length: SEEDS_MAX }, (_, seed) => seed)];
    let found: { seed: number; outcome: Outcome } | undefined;
    for (const seed of tried) {
      const outcome = await simulate({ database, time }, { seed, operations: 100, defect: planted });
      if (outcome.violations.length === 0) continue;
      found = { seed, outcome };
      break;
    }
    if (!found) missed += 1;
    const broken = [...new Set(found?.outcome.violations.map(({ promise }) => promise))].toSorted().join(' ');
    tell(`${name.padEnd(22)} seed ${String(found?.seed).padEnd(5)} ${(broken || 'MISSED').padEnd(12)} ${planted.what}`);
  }
  process.exit(missed > 0 ? 1 : 0);
}

const startedAt = process.hrtime.bigint();
const seconds = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;
const failing: { seed: number; outcome: Outcome }[] = [];
let done = 0;
let told = 0;

for (let seed = from; seed < from + seeds; seed += 1) {
  const ids = new Ids();
  const trace = values.trace ? (line: string): void => tell(ids.shorten(line)) : undefined;
  const outcome = await simulate({ database, time }, { seed, operations, defect, trace });
  done += outcome.operations;
  if (outcome.violations.length > 0) {
    failing.push({ seed, outcome });
    if (failing.length <= SHOWN) {
      tell(`seed ${seed} breaks:`);
      for (const { promise, what } of outcome.violations.slice(0, SHOWN)) tell(`  ${promise}  ${ids.shorten(what)}`);
      tell(
        `  again, told: node test/chaos/simulate.ts --seed ${seed} --ops ${operations}${values.defect ? ` --defect ${values.defect}` : ''} --trace`,
      );
    }
    if (values.first) break;
  }
  if (values.trace) tell(`digest ${outcome.digest} ${JSON.stringify(outcome.counts)}`);
  if (seconds() - told > 10) {
    told = seconds();
    tell(
      `${seed - from + 1} seeds, ${done} operations, ${Math.round(done / seconds())}/s, ${failing.length} seeds break a promise`,
    );
  }
}
tell(
  `${seeds} seeds from ${from}, ${done} operations in ${seconds().toFixed(1)} s (${Math.round(done / seconds())}/s): ${failing.length} seeds break a promise`,
);
process.exit(failing.length > 0 ? 1 : 0);
