/** The result of an attempt: a row of its own, written once. */
import type { Sql } from '../db/database.ts';
import type { Seal } from './seal.ts';

export interface AttemptResult {
  readonly attemptId: string;
  /** `success`, an error class, or a finding of a look-up (found, absent, taken, inconclusive). */
  readonly class: string;
  readonly reason?: string | undefined;
  readonly vendorCode?: string | undefined;
  readonly durationMs: number;
  /** Requests and answers as they were; sealed here. */
  readonly exchanges: readonly unknown[];
}

const rowName = (attemptId: string): string => `attempt_result/${attemptId}`;

/** Null when there were none. */
export const sealExchanges = (seal: Seal, { attemptId, exchanges }: AttemptResult): Buffer | null =>
  exchanges.length === 0 ? null : seal.close(rowName(attemptId), JSON.stringify(exchanges));

export async function writeAttemptResult(tx: Sql, seal: Seal, result: AttemptResult): Promise<void> {
  await tx.query(
    `insert into attempt_result (attempt_id, class, reason, vendor_code, duration_ms, exchanges)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      result.attemptId,
      result.class,
      result.reason ?? null,
      result.vendorCode ?? null,
      Math.round(result.durationMs),
      sealExchanges(seal, result),
    ],
  );
}

/** Undefined when they cannot be opened any more. */
export function openExchanges(seal: Seal, attemptId: string, sealed: Buffer | null): readonly unknown[] | undefined {
  if (sealed === null) return [];
  try {
    return JSON.parse(seal.open(rowName(attemptId), sealed)) as readonly unknown[];
  } catch {
    return undefined;
  }
}
