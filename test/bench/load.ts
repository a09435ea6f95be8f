/** A closed loop: `connections` callers, each sending its next request when the last was answered. */
import { Agent, request } from 'node:http';

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** `send` answers true when the request did what it should. Runs `total` of them. */
export async function closedLoop(
  connections: number,
  total: number,
  send: (n: number) => Promise<boolean>,
): Promise<Measured> {
  const times: number[] = [];
  let next = 0;
  let failures = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let n = next++; n < total; n = next++) {
        const at = performance.now();
        if (!(await send(n))) failures += 1;
        times.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { perSecond: total / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), failures };
}

// The hub closes what is idle for five seconds: a socket that it is about to close must not be used again.
const agent = new Agent({ keepAlive: true, maxSockets: 512, timeout: 2_000 });

/** Sends, reads the whole answer, and gives its status. */
export function status(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
