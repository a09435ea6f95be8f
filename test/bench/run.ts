/** `npm run bench [-- name ...]`: each benchmark in rounds, hub and limit in turn, medians and their ratio. */
import { cpus } from 'node:os';
import { availability } from './availability.ts';
import { book } from './book.ts';
import { startBenchHub, type BenchHub } from './hub.ts';
import type { Measured } from './load.ts';
import { mapping } from './mapping.ts';
import { mappingTrials } from './mapping-trials.ts';
import { mllpHospital, startPeer, type HubRound, type Round } from './mllp.ts';

const ROUNDS = 5;
const OF_HUB: Readonly<
  Record<string, (hub: BenchHub) => Promise<{ readonly hub: Measured; readonly limit: Measured }>>
> = { book, availability };

const names = process.argv.slice(2);
const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
const OTHERS = ['mapping', 'mapping-trials', 'mllp'];
const unknown = names.filter((name) => !OTHERS.includes(name) && !(name in OF_HUB));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark ${unknown.join(', ')}; there are ${[...Object.keys(OF_HUB), ...OTHERS].join(', ')}\n`,
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
if (wanted('mapping-trials')) {
  await using hub = await startBenchHub();
  await mappingTrials(hub);
  const rounds: Awaited<ReturnType<typeof mappingTrials>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await mappingTrials(hub));
  const p99 = (which: 'quiet' | 'tried'): readonly number[] => rounds.map((each) => each[which].p99Ms);
  const stopped = rounds.reduce((sum, each) => sum + each.stopped, 0);
  const failures = rounds.reduce((sum, each) => sum + each.quiet.failures + each.tried.failures, 0);
  process.stdout.write(
    '\n| reads and bookings | p99 ms alone (spread) | p99 ms beside trials (spread) | ratio (spread) | trials stopped | failures |\n| --- | --- | --- | --- | --- | --- |\n',
  );
  const ratios = rounds.map(({ quiet, tried }) => tried.p99Ms / quiet.p99Ms);
  process.stdout.write(
    `| mapping-trials | ${median(p99('quiet')).toFixed(0)} (${spread(p99('quiet'))}) | ${median(p99('tried')).toFixed(0)} (${spread(p99('tried'))}) | ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}) | ${stopped} | ${failures} |\n`,
  );
}
if (wanted('mllp')) {
  await using hub = await startBenchHub();
  await using simple = await startPeer('simple-hl7');
  await using medplum = await startPeer('medplum');
  const hospital = await mllpHospital(hub);
  const rounds: { readonly hub: HubRound; readonly simple: Round; readonly medplum: Round }[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const measured = { hub: await hospital.round(), simple: await simple.round(), medplum: await medplum.round() };
    // The first round warms up.
    if (round >= 0) rounds.push(measured);
  }
  process.stdout.write(
    '\n| SIU over MLLP, 16 connections | /s (spread) | p50 ms | p99 ms | failures | hub: of it |\n| --- | --- | --- | --- | --- | --- |\n',
  );
  for (const [name, of] of [
    ['hub, committed before the answer', 'hub'],
    ['simple-hl7, nothing kept', 'simple'],
    ['@medplum/hl7, nothing kept', 'medplum'],
  ] as const) {
    const rates = rounds.map((each) => each[of].perSecond);
    const ratio = median(rounds.map((each) => each.hub.perSecond / each[of].perSecond)).toFixed(2);
    const failures = rounds.reduce((sum, each) => sum + each[of].failures, 0);
    process.stdout.write(
      `| ${name} | ${Math.round(median(rates))} (${spread(rates)}) | ${median(rounds.map((each) => each[of].p50Ms)).toFixed(1)} | ${median(rounds.map((each) => each[of].p99Ms)).toFixed(1)} | ${failures} | ${ratio} |\n`,
    );
  }
  const applied = rounds.map((each) => each.hub.appliedPerSecond);
  process.stdout.write(
    `| hub, until all are in the model | ${Math.round(median(applied))} (${spread(applied)}) | | | | |\n`,
  );
}
if (wanted('mapping')) {
  process.stdout.write('\n| mapping | /s | of hand-written |\n| --- | --- | --- |\n');
  for await (const { name, perSecond, ofHandWritten } of mapping()) {
    process.stdout.write(`| ${name} | ${Math.round(perSecond)} | ${ofHandWritten.toFixed(2)} |\n`);
  }
}
