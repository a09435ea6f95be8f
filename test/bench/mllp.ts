/** T7: plain SIU over MLLP, 16 senders with one message outstanding each: the hub (committed before its answer) beside servers that keep nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOX_POLICY } from '../../src/domain/index.ts';
import type { BenchHub } from './hub.ts';

const SENDERS = 16;
const ROUND_MS = 4_000;
const PROVIDERS = 200;

export interface Round {
  /** Messages per second that were answered AA. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

export interface HubRound extends Round {
  /** From the first message until the model had all of them. */
  readonly appliedPerSecond: number;
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
  let sent = 0;
  const message = (): Buffer => siu(name, (sent += 1));
  const applied = async (): Promise<void> => {
    while ((await hub.db.query('select 1 from message_to_apply limit 1')).rowCount !== 0) await delay(20);
  };
  return {
    async round(): Promise<HubRound> {
      const startedAt = performance.now();
      const before = sent;
      const round = await load(hub.mllpPort, message);
      await applied();
      const appliedPerSecond = ((sent - before) / (performance.now() - startedAt)) * 1_000;
      return { ...round, appliedPerSecond };
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
  let sent = 0;
  return {
    round: () => load(Number(line), () => siu('PEER', (sent += 1))),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** An appointment of its own each, of about 700 bytes: new, later in the same stream moved or cancelled by nobody. */
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

async function load(port: number, message: () => Buffer): Promise<Round> {
  const times: number[] = [];
  let failures = 0;
  const endsAt = performance.now() + ROUND_MS;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      await once(socket, 'connect');
      while (performance.now() < endsAt) {
        const at = performance.now();
        socket.write(message());
        const answer = await answerOn(socket);
        times.push(performance.now() - at);
        if (!answer.includes('MSA|AA|')) failures += 1;
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { perSecond: (times.length - failures) / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), failures };
}

function answerOn(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (text.includes('\u001c')) settle(() => resolve(text));
    };
    const fail = (): void => settle(() => reject(new Error('a server closed a connection')));
    const settle = (act: () => void): void => {
      socket.off('data', take).off('close', fail);
      act();
    };
    socket.on('data', take).on('close', fail);
  });
}
