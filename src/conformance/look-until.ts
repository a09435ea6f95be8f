/** Looks as the hub does: again while nothing is certain, because a HIS may show a booking late, or tell of it by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding, LookupRequest } from '../adapter-kit/index.ts';
import type { Bench, Looked } from './bench.ts';

const PATIENCE_MS = 3_000;
const PAUSE_MS = 100;

/** The first look that ends as `wanted`, or the last one. One look when nothing in particular is wanted. */
export async function lookUntil(
  bench: Bench,
  request: LookupRequest,
  transactionId: string,
  wanted: Finding['kind'] | undefined,
): Promise<Looked> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(PAUSE_MS)) {
    const looked = await bench.look(request, transactionId);
    const { finding } = looked;
    const undecided = finding.kind === 'inconclusive' && finding.never !== true;
    if (wanted === undefined || finding.kind === wanted || !undecided || Date.now() > deadline) return looked;
  }
}
