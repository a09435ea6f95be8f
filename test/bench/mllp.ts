/** T7: plain SIU over MLLP: the hub (committed before its answer) beside servers that keep nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOX_POLICY } from '../../src/domain/index.ts';
import type { BenchHub } from './hub.ts';
import { load, type Sent } from './mllp-load.ts';
import { family, processorMs } from './processor-time.ts';

const SENDERS = 16;
const ROUND_MS = 4_000;
/** Made before a round begins; at more than these per second it ends earlier. */
const MADE_PER_ROUND = 48_000;
const PROVIDERS = 200;

export interface Round extends Sent {
  /** Processor time of the server, in microseconds for each message, while they were sent. */
  readonly serverUs: number;
}

export interface HubRound extends Round {
  /** Of Postgres, likewise. */
  readonly postgresUs: number;
  /** From the first message until the model had all of them. */
  readonly appliedPerSecond: number;
  /** Of the hub and of Postgres, until then. */
  readonly appliedServerUs: number;
  readonly appliedPostgresUs: number;
}

/** A hospital that names itself so: what it sends first makes its staff and places known. */
export async function mllpHospital(hub: BenchHub) {
  const name = `BENCH${randomUUID().slice(0, 8)}`;
  await hub.db.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
     select $1, organization_id, $2, $2, 'hl7v2', 'his', $3, $4 from connection where key = 'native' limit 1`,
    [
      randomUUID(),
      name,
      { host: '127.0.0.1', port: 1, sendingApplication: name, sendingFacility: name, defaultTimeZone: 'Europe/Berlin' },
      SANDBOX_POLICY,
    ],
  );
  // The listener learns of it within a second.
  await delay(1_500);
  const messages = new Messages(name);
  const applied = async (): Promise<void> => {
    while ((await hub.db.query('select 1 from message_to_apply limit 1')).rowCount !== 0) await delay(20);
  };
  const spent = async () => ({
    hub: await processorMs([hub.pid]),
    postgres: await processorMs(await family(hub.postgresPid)),
  });
  return {
    /** `inFlight`: messages that each sender has outstanding. */
    async round(inFlight = 1): Promise<HubRound> {
      messages.make();
      const before = await spent();
      const startedAt = performance.now();
      const round = await load({
        port: hub.mllpPort,
        senders: SENDERS,
        inFlight,
        forMs: ROUND_MS,
        next: messages.next,
      });
      const accepted = await spent();
      await applied();
      const seconds = (performance.now() - startedAt) / 1_000;
      const after = await spent();
      const each = (from: number, to: number): number => ((to - from) * 1_000) / round.count;
      return {
        ...round,
        serverUs: each(before.hub, accepted.hub),
        postgresUs: each(before.postgres, accepted.postgres),
        appliedPerSecond: round.count / seconds,
        appliedServerUs: each(before.hub, after.hub),
        appliedPostgresUs: each(before.postgres, after.postgres),
      };
    },
  };
}

/** Servers of others, each its own process. */
export async function startPeer(
  name: 'simple-hl7' | 'medplum',
): Promise<AsyncDisposable & { round(): Promise<Round> }> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'mllp-peer.ts'), name], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (!child.stdout) throw new Error('the server of a peer has no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const messages = new Messages('PEER');
  return {
    async round() {
      messages.make();
      const before = await processorMs([child.pid ?? 0]);
      const round = await load({
        port: Number(line),
        senders: SENDERS,
        inFlight: 1,
        forMs: ROUND_MS,
        next: messages.next,
      });
      const spentMs = (await processorMs([child.pid ?? 0])) - before;
      return { ...round, serverUs: (spentMs * 1_000) / round.count };
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Of one sender, in their order. */
class Messages {
  readonly #name: string;
  #made: Buffer[] = [];
  #at = 0;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** What is left of the last round is the first of the next. */
  make(): void {
    this.#made = this.#made.slice(this.#at);
    this.#at = 0;
    while (this.#made.length < MADE_PER_ROUND) this.#made.push(siu(this.#name, (this.#count += 1)));
  }

  readonly next = (): Buffer | undefined => this.#made[this.#at++];
}

/** An appointment of its own each, of about 900 bytes: new, later in the same stream moved or cancelled by nobody. */
function siu(name: string, nth: number): Buffer {
  const provider = nth % PROVIDERS;
  const start = new Date(Date.UTC(2030, 0, 1) + Math.floor(nth / PROVIDERS) * 1_800_000);
  const at = stamp(new Date(Date.UTC(2027, 0, 1) + nth * 1_000));
  const [from, to] = [stamp(start), stamp(new Date(start.getTime() + 1_800_000))];
  return Buffer.from(
    `\u000bMSH|^~\\&|${name}|${name}|TESSERA|TESSERA|${at}||SIU^S12^SIU_S12|${name}-${nth}|P|2.5.1|||||DEU|UNICODE UTF-8\r` +
      `SCH|P-${nth}|${name}-A${nth}|||||ROUTINE^Routine appointment^HL70276|CHECKUP^Annual check-up^L|NORMAL^Normal^HL70277|30|min^minutes^UCUM|^^30^${from}^${to}|||||DESK^Front^Desk|^WPN^PH^^^030^5550100||||DESK^Front^Desk|||||BOOKED^Booked^HL70278\r` +
      `PID|1||${10_000_000 + nth}^^^${name}^MR||Testperson^Erika^Maria||19800229|F|||Hauptstrasse 17^^Berlin^^10115^DE||030 5550111^PRN^PH\r` +
      `PV1|1|O|AMB${provider % 10}^^^${name}||||D${provider}^Provider^Pat\r` +
      `RGS|1|A\rAIS|1|A|OFFICE^Office visit^L|${from}|||30|min\r` +
      `AIP|1|A|D${provider}^Provider^Pat^^^Dr.|ATND^Attending||${from}\rAIL|1|A|AMB${provider % 10}^^^${name}\r\u001c\r`,
  );
}

const stamp = (date: Date): string => `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}+0000`;
