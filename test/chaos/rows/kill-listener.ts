import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../child.ts';
import type { Cluster } from '../cluster.ts';
import { CHAOS_POLICY } from '../policy.ts';
import { seeded } from '../random.ts';
import type { Row, RowRun } from '../row.ts';
import { StubbornSender } from '../stubborn-sender.ts';

const SENDERS = 6;
const OUTSTANDING = [1, 8];
const TRIALS_IN_BATCH = 10;
const APPLIED_WITHIN_MS = 60_000;

export const row: Row = {
  name: 'kill-listener',
  order: 16,
  fault:
    'kill -9 of the HL7 v2 listener between receipt and acknowledgement; senders send what was not acknowledged again, to another one',
  trial: 'one kill while six senders have messages outstanding, three of them one each, and three eight',
  wanted: 200,
  drivers: ['pg-boss'],
  async run(run) {
    await using owned = await run.cluster({ apis: 1, workers: 1 });
    const { cluster } = owned;
    const hospital = await addHospital(cluster);
    const listeners = await Promise.all([startListener(cluster), startListener(cluster)]);
    const ports = listeners.map(({ port }) => port);
    // Both have learnt of the hospital.
    await delay(1_500);
    try {
      for (let seed = run.seed; run.tally.trials < run.trials && !run.ending.aborted; seed += 1) {
        const random = seeded(seed);
        const senders = Array.from(
          { length: SENDERS },
          (_, nth) => new StubbornSender(ports, hospital.name, `${seed}-${nth}`, OUTSTANDING[nth % OUTSTANDING.length]),
        );
        const sending = senders.map((sender) => sender.run());
        const trials = Math.min(TRIALS_IN_BATCH, run.trials - run.tally.trials);
        for (let trial = 0; trial < trials; trial += 1) {
          await delay(random.between(20, 400));
          const [victim] = listeners.filter(({ child }) => child.ready).toSorted(() => random.next() - 0.5);
          if (!victim) throw new Error('no listener is ready');
          await victim.child.end('SIGKILL');
          await victim.child.start();
        }
        for (const sender of senders) sender.stop();
        await Promise.all(sending);
        await judge(run, cluster, seed, hospital.id, senders);
        run.tally.trials += trials;
        run.say(`judged: ${run.tally.trials} trials, ${run.tally.violations.length} violations`);
        if (run.tally.violations.length > 0) return;
      }
    } finally {
      for (const { child } of listeners) await child.end('SIGKILL');
    }
  },
};

async function startListener({ apis }: Cluster): Promise<{ readonly child: Child; readonly port: number }> {
  const port = await freePort();
  const child = new Child({
    roles: 'listener',
    environment: { ...apis[0]?.environment, TESSERA_MLLP_PORT: String(port) },
  });
  await child.start();
  return { child, port };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function addHospital({ db, sandbox }: Cluster): Promise<{ readonly id: string; readonly name: string }> {
  const id = randomUUID();
  const name = `KILL-${id.slice(0, 8)}`;
  const config = {
    host: '127.0.0.1',
    port: 1,
    sendingApplication: name,
    sendingFacility: name,
    defaultTimeZone: 'UTC',
  };
  await db.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
     values ($1, $2, $3, $3, 'hl7v2', 'his', $4, $5)`,
    [id, sandbox.organization, name, config, CHAOS_POLICY],
  );
  return { id, name };
}

/** Each message that was acknowledged is kept once, and applied once; none is left over, and none is held. */
async function judge(
  { tally }: RowRun,
  { db }: Cluster,
  seed: number,
  connectionId: string,
  senders: readonly StubbornSender[],
): Promise<void> {
  for (const deadline = Date.now() + APPLIED_WITHIN_MS; ; await delay(50)) {
    const waiting = await db.query('select 1 from message_to_apply where connection_id = $1 limit 1', [connectionId]);
    if (waiting.rowCount === 0) break;
    if (Date.now() > deadline) return tally.violate(seed, 'I1', 'messages still wait to be applied');
  }
  const sent = senders.flatMap(({ acknowledged }) => acknowledged);
  const found = await db.query<{ id: string; kept: number; applied: number }>(
    `select s.id, (select count(*) from received_message m where m.connection_id = $1 and m.message_id = s.id) as kept,
       (select count(*) from notice n where n.connection_id = $1 and n.kind = 'appointment' and n.external_id = s.id) as applied
     from unnest($2::text[]) as s (id)`,
    [connectionId, sent],
  );
  tally.operations += sent.length;
  for (const { id, kept, applied } of found.rows) {
    if (kept < 1 || applied < 1)
      tally.violate(seed, 'I1', `message ${id} was acknowledged, and is kept ${kept} and applied ${applied} times`);
    if (kept > 1 || applied > 1)
      tally.violate(seed, 'I4', `message ${id} is kept ${kept} and applied ${applied} times`);
  }
  const again = senders.reduce((sum, each) => sum + each.sentAgain, 0);
  tally.notes['sent again'] = Number(tally.notes['sent again'] ?? 0) + again;
}
