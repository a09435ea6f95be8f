/** The requests of a plan, in their order, as texts that only have to be written. */
import type { Lane, Plan } from './plan.ts';

export interface Request {
  readonly lane: number;
  readonly nth: number;
  readonly text: string;
}

/** The next request; undefined when a lane has no more. */
export function requestsOf({ host, port, lanes, pattern = [0] }: Plan): () => Request | undefined {
  const made = lanes.map((lane) => textsOf(lane, `${host}:${port}`));
  const counts = lanes.map(() => 0);
  let turn = 0;
  return () => {
    const lane = pattern[turn % pattern.length] ?? 0;
    turn += 1;
    const nth = counts[lane] ?? 0;
    counts[lane] = nth + 1;
    const text = made[lane]?.(nth);
    return text === undefined ? undefined : { lane, nth, text };
  };
}

function textsOf({ method, paths, headers, bodies, keys }: Lane, host: string): (nth: number) => string | undefined {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const heads = paths.map((path) => `${method} ${path} HTTP/1.1\r\n${lines.join('')}`);
  return (nth) => {
    const head = heads[nth % heads.length] ?? '';
    const key = keys === undefined ? '' : `idempotency-key: ${keys}-${nth}\r\n`;
    if (!bodies) return `${head}${key}\r\n`;
    const body = bodies[nth];
    // Bodies are ids: one byte for each character.
    return body === undefined ? undefined : `${head}${key}content-length: ${body.length}\r\n\r\n${body}`;
  };
}
