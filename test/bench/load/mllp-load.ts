/** Senders of HL7 v2 messages that cost little beside what they measure: messages are made before the clock runs, answers are only looked through. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface Sent {
  /** Messages per second that were answered AA. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
  readonly count: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly senders: number;
  /** Messages that each sender has outstanding at most. */
  readonly inFlight: number;
  readonly forMs: number;
  /** Framed; undefined when there are no more, which ends the round. */
  readonly next: () => Buffer | undefined;
}

const FS = 0x1c;

export async function load({ port, senders, inFlight, forMs, next }: LoadOptions): Promise<Sent> {
  const times: number[] = [];
  let failures = 0;
  const sockets = await Promise.all(
    Array.from({ length: senders }, async () => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const startedAt = performance.now();
  const endsAt = startedAt + forMs;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          const sentAt: number[] = [];
          let rest: Buffer | undefined;
          const send = (count: number): void => {
            const now = performance.now();
            for (let left = now < endsAt ? count : 0; left > 0; left -= 1) {
              const message = next();
              if (!message) break;
              sentAt.push(now);
              socket.write(message);
            }
            if (sentAt.length === 0) resolve();
          };
          socket.on('data', (chunk: Buffer) => {
            let bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
            let answered = 0;
            for (let end = bytes.indexOf(FS); end >= 0; end = bytes.indexOf(FS)) {
              if (!bytes.subarray(0, end).includes('MSA|AA|')) failures += 1;
              times.push(performance.now() - (sentAt.shift() ?? Number.NaN));
              answered += 1;
              bytes = bytes.subarray(end + 1);
            }
            rest = bytes.length > 1 ? bytes : undefined;
            if (answered > 0) send(answered);
          });
          socket.on('close', () => reject(new Error('a server closed a connection')));
          send(inFlight);
        }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return {
    perSecond: (times.length - failures) / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    failures,
    count: times.length,
  };
}
