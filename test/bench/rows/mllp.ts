/** T7: plain SIU over MLLP: the hub (committed before its answer) beside servers that keep nothing. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { scaled, type Bench, type Settings } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import { load, type Sent } from '../load/mllp-load.ts';
import { SiuMessages } from '../load/siu-messages.ts';
import { enterMllpHospital } from '../mllp-hospital.ts';
import { startPeerProcess, type PeerProcess } from '../peer-process.ts';
import { processorMs } from '../processor-time.ts';

const SENDERS = 16;
/** Of the senders that do not wait for each answer. */
const IN_FLIGHT = 16;
const ROUND_MS = 4_000;
const PEER = join(import.meta.dirname, '../limits/mllp-peer.ts');

export const bench: Bench = {
  name: 'mllp',
  row: 'T7',
  title: 'HL7 v2 over MLLP, beside two servers',
  what: 'SIU^S12 of 900 bytes, 16 connections, one message outstanding on each, as real senders do, and then sixteen. The hub commits each (sealed, deduplicated) before its answer, and applies it beside that; simple-hl7 and @medplum/hl7 answer AA and keep nothing.',
  figures: {
    hub: { what: 'hub, committed before the answer', unit: '/s' },
    p50: { what: 'hub, p50', unit: 'ms' },
    p99: { what: 'hub, p99', unit: 'ms' },
    // What is asked of the hub for a feed; the ratio is that of T7.
    piped: {
      what: `hub, ${IN_FLIGHT} in flight on each`,
      unit: '/s',
      held: { better: 'more', floor: 10_000, goal: 10_000 },
    },
    applied: {
      what: 'hub, until all are in the model',
      unit: '/s',
      held: { better: 'more', floor: 3_000, goal: 8_000 },
    },
    simple: { what: 'simple-hl7, nothing kept', unit: '/s' },
    medplum: { what: '@medplum/hl7, nothing kept', unit: '/s' },
    medplumPiped: { what: `@medplum/hl7, ${IN_FLIGHT} in flight on each`, unit: '/s' },
    ratio: { what: 'hub / @medplum/hl7', unit: '×', held: { better: 'more', floor: 0.5, goal: 1.2 } },
    pipedRatio: { what: `hub / @medplum/hl7, ${IN_FLIGHT} in flight on each`, unit: '×' },
    failures: { what: 'not answered AA by the hub', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    lost: { what: 'answered AA, and not kept', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    hubUs: { what: 'processor time of the hub until answered, each', unit: 'µs' },
    postgresUs: { what: 'processor time of Postgres until answered, each', unit: 'µs' },
    appliedHubUs: { what: 'processor time of the hub until in the model, each', unit: 'µs' },
    appliedPostgresUs: { what: 'processor time of Postgres until in the model, each', unit: 'µs' },
    simpleUs: { what: 'processor time of simple-hl7, each', unit: 'µs' },
    medplumUs: { what: 'processor time of @medplum/hl7, each', unit: 'µs' },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const simple = ofPeer(settings, cleanUp.use(await startPeerProcess(PEER, 'simple-hl7')));
    const medplum = ofPeer(settings, cleanUp.use(await startPeerProcess(PEER, 'medplum')));
    const messages = new SiuMessages(await enterMllpHospital(hub.db));
    return {
      async round() {
        const plain = await ofHub(settings, hub, messages, 1);
        const piped = await ofHub(settings, hub, messages, IN_FLIGHT);
        const others = { simple: await simple(), medplum: await medplum(), piped: await medplum(IN_FLIGHT) };
        return {
          hub: plain.perSecond,
          p50: plain.p50Ms,
          p99: plain.p99Ms,
          piped: piped.perSecond,
          applied: plain.appliedPerSecond,
          simple: others.simple.perSecond,
          medplum: others.medplum.perSecond,
          medplumPiped: others.piped.perSecond,
          ratio: plain.perSecond / others.medplum.perSecond,
          pipedRatio: piped.perSecond / others.piped.perSecond,
          failures: plain.failures + piped.failures,
          lost: plain.lost + piped.lost,
          hubUs: plain.hubUs,
          postgresUs: plain.postgresUs,
          appliedHubUs: plain.appliedHubUs,
          appliedPostgresUs: plain.appliedPostgresUs,
          simpleUs: others.simple.serverUs,
          medplumUs: others.medplum.serverUs,
        };
      },
    };
  },
};

async function ofHub(settings: Settings, hub: BenchHub, messages: SiuMessages, inFlight: number) {
  messages.make();
  const kept = await keptBy(hub);
  const before = await hub.spent();
  const startedAt = performance.now();
  const round = await sent(settings, hub.mllpPort, messages, inFlight);
  const answered = await hub.spent();
  while ((await hub.db.query('select 1 from message_to_apply limit 1')).rowCount !== 0) await delay(20);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await hub.spent();
  const each = (from: number, to: number): number => ((to - from) * 1_000) / round.count;
  return {
    ...round,
    lost: round.count - round.failures - ((await keptBy(hub)) - kept),
    hubUs: each(before.hub, answered.hub),
    postgresUs: each(before.postgres, answered.postgres),
    appliedPerSecond: round.count / seconds,
    appliedHubUs: each(before.hub, after.hub),
    appliedPostgresUs: each(before.postgres, after.postgres),
  };
}

async function keptBy({ db }: BenchHub): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) from received_message m join connection c on c.id = m.connection_id where c.key like 'BENCH%'`,
  );
  return rows[0]?.count ?? 0;
}

function ofPeer(settings: Settings, { port, pid }: PeerProcess) {
  const messages = new SiuMessages('PEER');
  return async (inFlight = 1) => {
    messages.make();
    const before = await processorMs([pid]);
    const round = await sent(settings, port, messages, inFlight);
    return { ...round, serverUs: (((await processorMs([pid])) - before) * 1_000) / round.count };
  };
}

const sent = (settings: Settings, port: number, messages: SiuMessages, inFlight: number): Promise<Sent> =>
  load({ port, senders: SENDERS, inFlight, forMs: scaled(settings, ROUND_MS), next: messages.next });
