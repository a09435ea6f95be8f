/** So many callers, each asking for the next when it has its answer. */
import { HttpConnection } from './http-connection.ts';
import type { Loop, Plan } from './plan.ts';
import { requestsOf } from './requests.ts';
import type { Tally } from './tally.ts';

/** Opened at once: more than these would fill the queue in which a listening socket keeps those who knock. */
const OPENED_AT_ONCE = 200;

/** Resolves with the time that it took, in seconds, connections opened before. */
export async function closedLoop(
  plan: Plan,
  { total = Number.POSITIVE_INFINITY, seconds }: Extract<Loop, { kind: 'closed' }>,
  tally: Tally,
): Promise<number> {
  const connections = Array.from(
    { length: Math.min(plan.connections, total) },
    () => new HttpConnection(plan.host, plan.port),
  );
  for (let at = 0; at < connections.length; at += OPENED_AT_ONCE)
    await Promise.all(connections.slice(at, at + OPENED_AT_ONCE).map((each) => each.open()));
  const next = requestsOf(plan);
  const startedAt = performance.now();
  const endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : startedAt + seconds * 1_000;
  let sent = 0;
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          const ask = (): void => {
            const at = performance.now();
            const request = sent < total && at < endsAt ? next() : undefined;
            if (!request) return resolve();
            sent += 1;
            connection.send(request.text, (reply) => {
              tally.add(request, reply, performance.now() - at);
              ask();
            });
          };
          ask();
        }),
    ),
  );
  const took = (performance.now() - startedAt) / 1_000;
  for (const each of connections) each.close();
  return took;
}
