/**
 * The seeded simulation: `node test/chaos/simulate.ts --seeds 10000 --ops 100 --from 0`. Exit 1 when a promise was broken.
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
    /** Stop at the first seed that breaks a promise. */
    first: { type: 'boolean', default: false },
  },
});

const from = Number(values.seed ?? values.from);
const seeds = values.seed === undefined ? Number(values.seeds) : 1;
const operations = Number(values.ops);
const defect = values.defect === undefined ? undefined : DEFECTS[values.defect];
if (values.defect !== undefined && !defect) {
  console.error(`There is no defect "${values.defect}". Known: ${Object.keys(DEFECTS).join(', ')}`);
  process.exit(2);
}

const SHOWN = 10;
// Errors are ordinary here: without stacks, and with room for what lives shortly, it takes half the time.
if (!values.trace) Error.stackTraceLimit = 0;
setFlagsFromString('--max-semi-space-size=64');
const time = { now: () => 0 };
const database = new MemoryDatabase(() => time.now());
const startedAt = process.hrtime.bigint();
const seconds = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;
const failing: { seed: number; outcome: Outcome }[] = [];
let done = 0;
let told = 0;

for (let seed = from; seed < from + seeds; seed += 1) {
  const ids = new Ids();
  const trace = values.trace ? (line: string) => console.log(ids.shorten(line)) : undefined;
  const outcome = await simulate({ database, time }, { seed, operations, defect, trace });
  done += outcome.operations;
  if (outcome.violations.length > 0) {
    failing.push({ seed, outcome });
    if (failing.length <= SHOWN) {
      console.log(`seed ${seed} breaks:`);
      for (const { promise, what } of outcome.violations.slice(0, SHOWN))
        console.log(`  ${promise}  ${ids.shorten(what)}`);
      console.log(
        `  again, told: node test/chaos/simulate.ts --seed ${seed} --ops ${operations}${values.defect ? ` --defect ${values.defect}` : ''} --trace`,
      );
    }
    if (values.first) break;
  }
  if (values.trace) console.log(`digest ${outcome.digest} ${JSON.stringify(outcome.counts)}`);
  if (seconds() - told > 10) {
    told = seconds();
    console.log(
      `${seed - from + 1} seeds, ${done} operations, ${Math.round(done / seconds())}/s, ${failing.length} seeds break a promise`,
    );
  }
}
console.log(
  `${seeds} seeds from ${from}, ${done} operations in ${seconds().toFixed(1)} s (${Math.round(done / seconds())}/s): ${failing.length} seeds break a promise`,
);
process.exit(failing.length > 0 ? 1 : 0);
