/** Reads and bookings while one heavy trial of a mapping follows the other: what they cost those who read. */
import type { BenchHub } from './hub.ts';
import { closedLoop, status, type Measured } from './load.ts';

const READERS = 16;
const READS = 1_500;
/** As many as the hub tries out at a time. */
const TRIERS = 2;

/** As much as one application may cost: it computes for about a second, and is refused. */
const HOSTILE = `# yaml-language-server: $schema=../../contracts/schemas/mapping.schema.json
mapping: slot
description: costs too much
fields:
  out: { each: list, fields: { a: { path: '$root.long', normalise: name }, i: { path: x } } }
examples: [examples/any.json]
`;

/** `quiet`: without the trials. `stopped`: trials that were refused for what they cost. */
export async function mappingTrials(
  hub: BenchHub,
): Promise<{ readonly quiet: Measured; readonly tried: Measured; readonly stopped: number }> {
  const quiet = await reads(hub);
  const over = new AbortController();
  const triers = Array.from({ length: TRIERS }, async () => {
    let stopped = 0;
    for (; !over.signal.aborted; stopped += 1) await tryHostile(hub);
    return stopped;
  });
  const tried = await reads(hub);
  over.abort();
  const stopped = (await Promise.all(triers)).reduce((sum, count) => sum + count, 0);
  return { quiet, tried, stopped };
}

/** Every tenth is a booking. */
async function reads(hub: BenchHub): Promise<Measured> {
  const slots = await hub.slots(READS / 10);
  const url = `${hub.api}/v1/providers/${hub.providerId}/availability`;
  return closedLoop(READERS, READS, async (n) => {
    const slotId = n % 10 === 0 ? slots[n / 10] : undefined;
    if (slotId === undefined) return (await status('GET', url, hub.headers)) === 200;
    const headers = { ...hub.headers, 'idempotency-key': `trials-${slotId}`, prefer: 'respond-async' };
    const body = JSON.stringify({ slotId, patientId: hub.patientId });
    return (await status('POST', `${hub.api}/v1/appointments`, headers, body)) < 300;
  });
}

const INPUT = {
  list: Array.from({ length: 20_000 }, (_, index) => ({ x: `v${index}` })),
  long: 'ü '.repeat(150_000),
};

async function tryHostile({ api, engineer, vendorConnectionId }: BenchHub): Promise<void> {
  const response = await fetch(`${api}/v1/mappings/epic.slot/try`, {
    method: 'POST',
    headers: engineer,
    body: JSON.stringify({
      connectionId: vendorConnectionId,
      files: { 'slot.yaml': HOSTILE, 'examples/any.json': '{"input": {}, "output": {}}' },
      input: INPUT,
    }),
  });
  const { kind } = (await response.json()) as { readonly kind?: string };
  if (kind === 'done') throw new Error(`a trial that costs too much was answered ${response.status}, ${kind}`);
}
