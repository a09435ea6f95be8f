/** Streams of SIU in order and disturbed, through the listener, and the canonical state that each ends in. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { frameOf } from '#adapter-kit';
import { seeded, type Random } from '../chaos/random.ts';
import { Sender, type Inbound } from './inbound.ts';
import { disturbed, siuStream } from './siu-stream.ts';

/** Sends the messages in random cuts, many at once; resolves when all are acknowledged. */
async function sendAll(inbound: Inbound, random: Random, messages: readonly string[]): Promise<void> {
  const sender = new Sender(inbound.listener.port);
  const bytes = Buffer.concat(messages.map((message) => frameOf(Buffer.from(message))));
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + random.between(1, 900));
    sender.raw(bytes.subarray(from, to));
    if (random.chance(0.2)) await delay(1);
    from = to;
  }
  for (const deadline = Date.now() + 60_000; sender.answers.length < messages.length; await delay(5)) {
    if (Date.now() > deadline)
      throw new Error(`${sender.answers.length} of ${messages.length} messages were acknowledged`);
  }
  const refused = sender.answers.filter((answer) => !answer.includes('MSA|AA|'));
  if (refused.length > 0) throw new Error(`refused: ${refused[0]?.toString('latin1')}`);
  sender.close();
}

/** Slots of the stream's provider, and what each appointment is: without the stream's own key. */
async function stateOf({ database: { db } }: Inbound, connectionId: string, key: string): Promise<unknown> {
  const slots = await db.query<{ start_at: string; status: string }>(
    `select s.start_at, s.status from slot s join external_identifier e on e.entity = 'provider' and e.entity_id = s.provider_id
     where s.connection_id = $1 and e.connection_id = $1 and e.value = $2 order by s.start_at`,
    [connectionId, key],
  );
  const appointments = await db.query<{ external_id: string; event: string }>(
    `select distinct on (external_id) replace(external_id, $2, '') as external_id, event from notice
     where connection_id = $1 and kind = 'appointment' and external_id like $2 || '-%' and applied
     order by external_id, event_at desc, sequence desc`,
    [connectionId, key],
  );
  return { slots: slots.rows, appointments: appointments.rows };
}

export interface Deviation {
  readonly seed: number;
  readonly inOrder: unknown;
  readonly disturbed: unknown;
}

/** Of each seed a stream, in order and disturbed; returns those that ended differently. */
export async function compareOrders(inbound: Inbound, seeds: readonly number[]): Promise<readonly Deviation[]> {
  const name = `ORDER${randomUUID().slice(0, 8)}`;
  const { connectionId } = await inbound.addHospital(name);
  // The listener learns of it within a second.
  await delay(1_500);
  const lanes = 8;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const seed of seeds.filter((_each, index) => index % lanes === lane)) {
        const random = seeded(seed);
        const drawn = Math.floor(random.next() * 2 ** 32);
        await sendAll(inbound, random, siuStream(seeded(drawn), { name, key: `I${seed}` }));
        await sendAll(inbound, random, disturbed(random, siuStream(seeded(drawn), { name, key: `D${seed}` })));
      }
    }),
  );
  await inbound.applied();
  const deviations: Deviation[] = [];
  for (const seed of seeds) {
    const [inOrder, shuffled] = [
      await stateOf(inbound, connectionId, `I${seed}`),
      await stateOf(inbound, connectionId, `D${seed}`),
    ];
    if (JSON.stringify(inOrder) !== JSON.stringify(shuffled)) deviations.push({ seed, inOrder, disturbed: shuffled });
  }
  return deviations;
}
