/** Reads and bookings while one heavy trial of a mapping follows the other: what they cost those who read. */
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import type { Loaded } from '../load/plan.ts';
import { sum } from '../numbers.ts';

const READERS = 16;
const READS = 1_500;
/** As many as the hub tries out at a time. */
const TRIERS = 2;

/** As much as one application may cost: it computes for about a second, and is refused. */
const HOSTILE = `# yaml-language-server: $schema=../../contracts/schemas/mapping.schema.json
mapping: slot
description: costs too much
fields:
  out: { each: list, fields: { a: { path: '$root.long', normalise: identifier }, i: { path: x } } }
examples: [examples/any.json]
`;
const INPUT = {
  list: Array.from({ length: 2_300 }, () => ({ x: 'v' })),
  long: '.-'.repeat(15_000),
};

export const bench: Bench = {
  name: 'mapping-trials',
  row: 'trials',
  title: 'reads beside mappings that cost too much',
  what: 'Availability, and a tenth of bookings, by 16 connections: alone, and beside two engineers who try out mappings that cost too much, one after the other.',
  figures: {
    quiet: { what: 'p99 alone', unit: 'ms' },
    tried: { what: 'p99 beside trials', unit: 'ms' },
    ratio: { what: 'beside trials / alone', unit: '×' },
    stopped: { what: 'trials that were refused for what they cost', unit: '' },
    failures: { what: 'failures', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const reads = scaled(settings, READS);
    return {
      async round() {
        const quiet = await read(hub, reads);
        const over = new AbortController();
        const triers = Array.from({ length: TRIERS }, async () => {
          let stopped = 0;
          for (; !over.signal.aborted; stopped += 1) await tryHostile(hub);
          return stopped;
        });
        const tried = await read(hub, reads);
        over.abort();
        return {
          quiet: quiet.p99Ms,
          tried: tried.p99Ms,
          ratio: tried.p99Ms / quiet.p99Ms,
          stopped: sum(await Promise.all(triers)),
          failures: quiet.failures + tried.failures,
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

async function read(hub: BenchHub, reads: number): Promise<Loaded> {
  const { authorization = '' } = hub.headers;
  const path = `/v1/providers/${hub.providerIds[0]}/availability`;
  const booking = hub.bookings(await hub.slots(Math.ceil(reads / 10)), {
    headers: { ...hub.headers, prefer: 'respond-async' },
    expected: [201, 202],
  });
  return hub.load({
    connections: READERS,
    lanes: [{ method: 'GET', paths: [path], headers: { authorization }, expected: [200] }, booking],
    pattern: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    loop: { kind: 'closed', total: reads },
  });
}

async function tryHostile({ api, engineer, connections }: BenchHub): Promise<void> {
  const response = await fetch(`${api}/v1/mappings/epic.slot/try`, {
    method: 'POST',
    headers: engineer,
    body: JSON.stringify({
      connectionId: connections.find(({ key }) => key === 'epic')?.id,
      files: { 'slot.yaml': HOSTILE, 'examples/any.json': '{"input": {}, "output": {}}' },
      input: INPUT,
    }),
  });
  const { kind } = (await response.json()) as { readonly kind?: string };
  if (kind !== 'misfit' && kind !== 'stopped')
    throw new Error(`a trial that costs too much was answered ${response.status}, ${kind}`);
}
