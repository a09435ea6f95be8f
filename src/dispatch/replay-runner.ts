/**
 * Runs the replay plans that a person has started: oldest transaction first, no quicker than the plan says. Every worker process
 * has a runner; the plan's row decides which of them sends the next item, so that the end of one is the turn of another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../domain/index.ts';
import { runningPlans, takePlanItem } from '../ledger/replay-plan.ts';
import type { Ledger } from '../ledger/settle.ts';

/** How often to look for plans that were started, and for what became of the transactions that were sent. */
const LOOK_MS = 500;

export function startReplayRunner(ledger: Ledger, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      const waitMs = await runOnce(ledger, log, signal).catch((error: unknown) => {
        log.warn({ err: error }, 'the replay plans were not run; tried again soon');
        return LOOK_MS;
      });
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** One item of each plan, where it may go. Returns how long nothing else can be done. */
async function runOnce(ledger: Ledger, log: Log, signal: AbortSignal): Promise<number> {
  let waitMs = LOOK_MS;
  for (const planId of await runningPlans(ledger.db)) {
    if (signal.aborted) break;
    const step = await takePlanItem(ledger, planId, (error, { transaction_id: transactionId }) =>
      log.error(
        { err: error, planId, transactionId },
        'a transaction of a plan could not be replayed; the plan goes on',
      ),
    );
    if (step.kind === 'sent' || step.kind === 'early') waitMs = Math.min(waitMs, step.waitMs);
  }
  return waitMs;
}
