/**
 * `npm run fuzz -- hl7|api [--executions N] [--seed S] [--resume]`: each execution has a seed of its own, so that one that fails comes again.
 * `npm run fuzz -- corpora`: what is made to harm, by rule; writes docs/corpora-results.jsonl and the table in docs/security.md.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seeded } from '../chaos/random.ts';
import { openApiFuzz } from './api.ts';
import { openHl7Fuzz } from './hl7.ts';

const RESULTS = join(import.meta.dirname, '../../docs/fuzz-results.jsonl');
/** A hang is a failure, too: by the processor's time, of which a busy machine gives little. */
const SLOW_MS = 2_000;
const cpuMs = (): number => process.cpuUsage().user / 1_000;
const SAID_EVERY = 10_000;
const TARGETS = { hl7: openHl7Fuzz, api: openApiFuzz };
const FAILURES_MAX = 10;

interface Result {
  readonly target: string;
  readonly from: number;
  readonly executions: number;
  readonly failures: readonly string[];
  readonly seconds: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    executions: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    resume: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [target] = positionals;
if (target === 'corpora') {
  const { runCorpora } = await import('./corpora/run.ts');
  process.exit(await runCorpora());
}
if (values.help || (target !== 'hl7' && target !== 'api') || positionals.length > 1) {
  process.stderr.write(
    'npm run fuzz -- corpora | hl7|api [--executions N] [--seed S] [--resume: go on where docs/fuzz-results.jsonl ends, and add to it]\n',
  );
  process.exit(values.help ? 0 : 2);
}

const done = (existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Result)
  .filter((each) => each.target === target)
  .reduce((sum, each) => Math.max(sum, each.from + each.executions), 0);
const from = values.seed === undefined ? (values.resume ? done : 0) : Number(values.seed);
const executions = values.resume ? Math.max(0, Number(values.executions) - done) : Number(values.executions);

const fuzz = await TARGETS[target]();
// What is compiled once is nobody's fault.
await fuzz.execute(seeded(from));
const failures: string[] = [];
const begun = performance.now();
let ended = 0;
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
while (ended < executions && failures.length < FAILURES_MAX && !interrupted.signal.aborted) {
  const seed = from + ended;
  const startedAt = cpuMs();
  try {
    await fuzz.execute(seeded(seed));
    if (cpuMs() - startedAt > SLOW_MS)
      failures.push(`seed ${seed}: it took longer than ${SLOW_MS} ms of the processor`);
  } catch (error) {
    failures.push(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  ended += 1;
  // So that the process hears its signals.
  if (ended % 500 === 0) await new Promise((resolve) => void setImmediate(resolve));
  if (ended % SAID_EVERY === 0) process.stderr.write(`${ended} of ${executions}, ${failures.length} failures\n`);
}
await fuzz.close();
const seconds = Math.round((performance.now() - begun) / 1_000);
const result: Result = { target, from, executions: ended, failures, seconds };
if (values.resume && ended > 0) appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
process.stdout.write(
  `${failures.length === 0 ? 'ok  ' : 'FAIL'} ${target}: ${ended} executions from seed ${from}, ${failures.length} failures, ${seconds} s\n`,
);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
