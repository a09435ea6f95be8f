/** Requests by the clock: each is sent when it is due, and timed from then, however long it waits for a connection. */
import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection } from './http-connection.ts';
import type { Loop, Plan } from './plan.ts';
import { requestsOf, type Request } from './requests.ts';
import type { Tally } from './tally.ts';

/** What is not answered so long after the last was due counts as failed. */
const PATIENCE_MS = 30_000;
/** Servers close what is idle for 5 s (Node's keepAliveTimeout): a connection that is about to be closed is not used again. */
const IDLE_MAX_MS = 3_000;

interface Due {
  readonly request: Request;
  readonly at: number;
}

/** Resolves with the time until the last answer, in seconds. */
export async function openLoop(
  plan: Plan,
  { perSecond, seconds }: Extract<Loop, { kind: 'open' }>,
  tally: Tally,
): Promise<number> {
  const free: HttpConnection[] = [];
  const all = new Set<HttpConnection>();
  // With a place of its own for the first: taking it from the front of a long array costs.
  const waiting: Due[] = [];
  let served = 0;
  let isOver = false;

  const take = (): HttpConnection | undefined => {
    for (let each = free.pop(); each; each = free.pop()) {
      if (performance.now() - each.usedAt < IDLE_MAX_MS && each.isOpen) return each;
      each.close();
      all.delete(each);
    }
    if (all.size >= plan.connections) return undefined;
    const made = new HttpConnection(plan.host, plan.port);
    all.add(made);
    return made;
  };
  const send = (connection: HttpConnection, { request, at }: Due): void =>
    connection.send(request.text, (reply) => {
      if (isOver) return;
      tally.add(request, reply, performance.now() - at);
      const next = waiting[served];
      if (next) {
        served += 1;
        send(connection, next);
      } else free.push(connection);
    });

  const next = requestsOf(plan);
  const total = Math.round(perSecond * seconds);
  const startedAt = performance.now();
  let made = 0;
  while (made < total) {
    const now = performance.now();
    for (; made < total; made += 1) {
      const at = startedAt + (made * 1_000) / perSecond;
      if (at > now) break;
      const request = next();
      if (!request) throw new Error(`the plan has ${made} requests of the ${total} that ${seconds} s need`);
      const connection = take();
      if (connection) send(connection, { request, at });
      else waiting.push({ request, at });
    }
    await delay(1);
  }
  for (const deadline = performance.now() + PATIENCE_MS; tally.count < total && performance.now() < deadline;)
    await delay(5);
  const took = (performance.now() - startedAt) / 1_000;
  isOver = true;
  tally.lose(total - tally.count, PATIENCE_MS);
  for (const each of all) each.close();
  return took;
}
