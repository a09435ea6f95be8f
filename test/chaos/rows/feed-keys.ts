import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { inLanes, takeSlots } from '../many.ts';
import { judge } from '../judge.ts';
import { seeded } from '../random.ts';
import type { Row } from '../row.ts';
import type { PoolSlot } from '../slot-pool.ts';
import { Journal } from '../story.ts';
import { Traffic } from '../traffic.ts';

/** It tells by itself, over MLLP. */
const KEY = 'hl7v2';
const TRIALS_IN_BATCH = 10;
const HEARD_WITHIN_MS = 20_000;

export const row: Row = {
  name: 'feed-keys',
  order: 15,
  fault: 'a HIS gives all its HL7 messages one MSH-10, as after a restart of its counter',
  trial: 'one slot that is given away at the desk of the HIS: the hub does not offer it any more',
  wanted: 300,
  drivers: ['pg-boss'],
  async run(run) {
    await using owned = await run.cluster({ apis: 1, workers: 1 });
    const { cluster } = owned;
    const traffic = await Traffic.open(cluster, new Journal());
    await ask(cluster, '/quirks', { H5: 'one-control-id' });
    for (let seed = run.seed; run.tally.trials < run.trials && !run.ending.aborted; seed += 1) {
      const since = Date.now();
      const given = takeSlots(traffic, KEY, Math.min(TRIALS_IN_BATCH, run.trials - run.tally.trials));
      await inLanes(given, async (slot) => {
        const key = slot.externalId;
        if (key === null) throw new Error(`${KEY} has a slot without a key`);
        await ask(cluster, '/edit', { op: 'book-outside', externalId: key });
        if (await isOfferedStill(traffic, slot))
          run.tally.violate(seed, 'I6', `slot ${slot.id} is offered, and was given away at the HIS`);
      });
      run.tally.trials += given.length;
      await judge({ cluster, traffic, tally: run.tally, random: seeded(seed), seed, since, faultsAt: [] });
      run.say(`judged: ${run.tally.trials} trials, ${run.tally.violations.length} violations`);
      if (run.tally.violations.length > 0) return;
    }
  },
};

async function isOfferedStill({ client }: Traffic, slot: PoolSlot): Promise<boolean> {
  const to = new Date(Date.parse(slot.start) + 60_000).toISOString();
  for (const deadline = Date.now() + HEARD_WITHIN_MS; ; await delay(200)) {
    const path = `/v1/slots?from=${encodeURIComponent(slot.start)}&to=${to}&limit=200`;
    const { status, body } = await client.ask({ method: 'GET', path });
    if (status !== 200) throw new Error(`GET ${path}: ${status}`);
    if (!(body as { items: readonly { id: string }[] }).items.some(({ id }) => id === slot.id)) return false;
    if (Date.now() > deadline) return true;
  }
}

/** Of the control port of the hospital. */
async function ask(cluster: Cluster, path: string, body: unknown): Promise<void> {
  const answer = await fetch(cluster.hospital(KEY).control + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${KEY} POST ${path}: ${answer.status} ${await answer.text()}`);
}
