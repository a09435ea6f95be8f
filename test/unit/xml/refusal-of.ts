import { XmlRefused } from '#adapter-kit';

/** The reason for which `work` is refused; `taken` when it is not. Anything else that is thrown is thrown on. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
    return 'taken';
  } catch (error) {
    if (error instanceof XmlRefused) return error.reason;
    throw error;
  }
}

export interface Cost {
  readonly ms: number;
  /** How much the process grew. */
  readonly bytes: number;
}

/** The least of five readings, after one that compiles: whatever else the machine does can only add to it. */
export function costOf(work: () => unknown): Cost {
  work();
  const costs = Array.from({ length: 5 }, () => {
    const before = process.memoryUsage.rss();
    const begun = performance.now();
    work();
    return { ms: performance.now() - begun, bytes: process.memoryUsage.rss() - before };
  });
  return { ms: Math.min(...costs.map(({ ms }) => ms)), bytes: Math.min(...costs.map(({ bytes }) => bytes)) };
}
