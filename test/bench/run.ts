/** `npm run bench [-- name ...]`: each benchmark in rounds, hub and limit in turn, medians and their ratio. */
import { cpus } from 'node:os';
import { availability } from './availability.ts';
import { book } from './book.ts';
import { startBenchHub, type BenchHub } from './hub.ts';
import type { Measured } from './load.ts';
import { mapping } from './mapping.ts';

const ROUNDS = 5;
const OF_HUB: Readonly<
  Record<string, (hub: BenchHub) => Promise<{ readonly hub: Measured; readonly limit: Measured }>>
> = { book, availability };

const names = process.argv.slice(2);
const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
const unknown = names.filter((name) => name !== 'mapping' && !(name in OF_HUB));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}; there are ${[...Object.keys(OF_HUB), 'mapping'].join(', ')}\n`,
  );
  process.exit(2);
}

process.stdout.write(
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}; load, hub and Postgres share them\n\n`,
);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const spread = (values: readonly number[]): string =>
  `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`;

if (Object.keys(OF_HUB).some(wanted)) {
  await using hub = await startBenchHub();
  process.stdout.write(
    '| benchmark | hub /s (spread) | p50 ms | p99 ms | failures | bare statement /s | ratio |\n| --- | --- | --- | --- | --- | --- | --- |\n',
  );
  for (const [name, run] of Object.entries(OF_HUB)) {
    if (!wanted(name)) continue;
    await run(hub);
    const rounds: Awaited<ReturnType<typeof run>>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await run(hub));
    const rates = rounds.map((each) => each.hub.perSecond);
    const limits = rounds.map((each) => each.limit.perSecond);
    const ratios = rounds.map((each) => each.hub.perSecond / each.limit.perSecond);
    const failures = rounds.reduce((sum, each) => sum + each.hub.failures + each.limit.failures, 0);
    process.stdout.write(
      `| ${name} | ${Math.round(median(rates))} (${spread(rates)}) | ${median(rounds.map((each) => each.hub.p50Ms)).toFixed(1)} | ${median(rounds.map((each) => each.hub.p99Ms)).toFixed(1)} | ${failures} | ${Math.round(median(limits))} (${spread(limits)}) | ${median(ratios).toFixed(2)} |\n`,
    );
  }
}
if (wanted('mapping')) {
  process.stdout.write('\n| mapping | /s | of hand-written |\n| --- | --- | --- |\n');
  for await (const { name, perSecond, ofHandWritten } of mapping()) {
    process.stdout.write(`| ${name} | ${Math.round(perSecond)} | ${ofHandWritten.toFixed(2)} |\n`);
  }
}
