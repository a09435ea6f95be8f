/** Counts answers and their times, lane by lane. */
import { quantile } from '../numbers.ts';
import type { Reply } from './http-connection.ts';
import type { Answer, Lane, LaneResult, Timing } from './plan.ts';
import type { Request } from './requests.ts';

interface Kept {
  readonly times: number[];
  readonly expected: number[];
  readonly statuses: Record<number, number>;
  readonly answers: Answer[];
}

export class Tally {
  readonly #lanes: readonly Lane[];
  readonly #kept: readonly Kept[];
  readonly #lost: number[] = [];

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
    this.#kept = lanes.map(() => ({ times: [], expected: [], statuses: {}, answers: [] }));
  }

  add({ lane, nth }: Request, { status, head }: Reply, ms: number): void {
    const kept = this.#kept[lane];
    const of = this.#lanes[lane];
    if (!kept || !of) return;
    kept.times.push(ms);
    if (of.expected.includes(status)) kept.expected.push(ms);
    kept.statuses[status] = (kept.statuses[status] ?? 0) + 1;
    if (of.isKept !== true) return;
    kept.answers.push({
      nth,
      status,
      location: /\r\nlocation: \S*\/([^\s/]+)/i.exec(head)?.[1] ?? '',
      transactionId: /\r\nx-transaction-id: (\S+)/i.exec(head)?.[1] ?? '',
      answeredAt: performance.timeOrigin + performance.now(),
    });
  }

  /** Requests that nobody waits for any more. */
  lose(count: number, ms: number): void {
    for (let nth = 0; nth < count; nth += 1) this.#lost.push(ms);
  }

  /** Answers. */
  get count(): number {
    return this.#kept.reduce((total, { times }) => total + times.length, 0);
  }

  lanes(): LaneResult[] {
    return this.#kept.map(({ times, expected, statuses, answers }) => ({
      ...timingOf(times, expected.length),
      statuses,
      expectedP99Ms: quantile(expected.toSorted(ascending), 0.99),
      answers,
    }));
  }

  all(): Timing {
    const expected = this.#kept.reduce((total, each) => total + each.expected.length, 0);
    return timingOf([...this.#kept.flatMap(({ times }) => times), ...this.#lost], expected);
  }
}

const ascending = (a: number, b: number): number => a - b;

function timingOf(times: readonly number[], expected: number): Timing {
  const sorted = Float64Array.from(times).toSorted();
  return {
    count: times.length,
    failures: times.length - expected,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: quantile(sorted, 1),
  };
}
