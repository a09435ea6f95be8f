/** Everything that happens without being asked for by a request. */
import { extendSchedules } from '../commands/schedule-materialise.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { startReleasingHolds } from '../dispatch/his-holds.ts';
import { startProber } from '../dispatch/prober.ts';
import { startReplayRunner } from '../dispatch/replay-runner.ts';
import { startSweeper } from '../dispatch/sweeper.ts';
import { type Base, type Store, type Hospitals, STOP_GRACE_MS } from './base.ts';

/** Transactions in hand at once in this process, most of them waiting; each connection has its own, smaller limits. */
const DISPATCH_CONCURRENCY = 20_000;
const DAY_MS = 24 * 3600_000;

/** What a worker does: dispatches, and looks after what was forgotten, held, parked or is to be replayed. */
export function startWork({ log, onStop }: Base, store: Store, { connections }: Hospitals): void {
  const { db, queue, settlements } = store;
  const dispatcher = new Dispatcher({ ledger: store, connections, settlements, log });
  queue.work((transactionId) => dispatcher.dispatch(transactionId), DISPATCH_CONCURRENCY);
  // What is at work ends before the connections that it works on are closed.
  onStop(() => queue.stop(STOP_GRACE_MS));
  for (const chore of [
    startSweeper(store, log),
    startReleasingHolds({ db, connections, log }),
    startReplayRunner(store, log),
    startProber({ ledger: store, connections, log }),
  ]) {
    onStop(() => chore.stop());
  }
  const extend = (): void =>
    void extendSchedules(db).catch((error: unknown) => log.warn({ err: error }, 'schedules were not extended'));
  extend();
  const daily = setInterval(extend, DAY_MS);
  onStop(() => clearInterval(daily));
}
