/** Everything that happens without being asked for by a request. */
import { extendSchedules } from '../commands/schedule-materialise.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { startReleasingHolds } from '../dispatch/his-holds.ts';
import { startUpdatingPatients } from '../dispatch/patient-updates.ts';
import { startProber } from '../dispatch/prober.ts';
import { startReplayRunner } from '../dispatch/replay-runner.ts';
import { startSweeper } from '../dispatch/sweeper.ts';
import { startSeeingCertificates } from '../connections/certificates.ts';
import { TurnRefused } from '../connections/turns.ts';
import { startTellingBlocked } from '../ledger/blocked.ts';
import { startTellingFeeds } from '../ledger/feed-silence.ts';
import { startForgettingMessages } from '../ledger/forget-messages.ts';
import { startPoller, tellingAdapters } from '../reconcile/poller.ts';
import { type Base, type Store, type Hospitals, STOP_GRACE_MS } from './base.ts';
import { startRetiring } from './retention.ts';

/** Transactions in hand at once in this process, most of them waiting; each connection has its own, smaller limits. */
const DISPATCH_CONCURRENCY = 20_000;
/** For writing down what the last call came to. */
const RECORDING_MS = 2_000;
const DAY_MS = 24 * 3600_000;

/** What a worker does: dispatches, and looks after what was forgotten, held, parked or is to be replayed. */
export function startWork({ log, onStop }: Base, store: Store, { adapters, connections, meter }: Hospitals): void {
  const { db, keys, queue, seal, settlements } = store;
  const dispatcher = new Dispatcher({ ledger: store, connections, settlements, log });
  const work = async (transactionId: string): Promise<void> => {
    try {
      await dispatcher.dispatch(transactionId);
      meter.worked(transactionId);
    } catch (error) {
      // It waits in the ledger as before: this process sends it no more, the next one finds it.
      if (!(error instanceof TurnRefused)) throw error;
    }
  };
  queue.work(work, DISPATCH_CONCURRENCY);
  // What is at work ends before the connections that it works on are closed.
  onStop(() => queue.stop(Math.max(STOP_GRACE_MS, connections.drain() + RECORDING_MS)));
  for (const chore of [
    startSweeper(store, log, dispatcher.waiting),
    startReleasingHolds({ db, connections, log }),
    startUpdatingPatients({ db, keys, connections, log }),
    startReplayRunner(store, log),
    startProber({ ledger: store, connections, log }),
    startTellingBlocked(db, log),
    startForgettingMessages(db, log),
    startRetiring(store, log),
    startSeeingCertificates({ sql: db, seal, adapters, log }),
    startTellingFeeds(db, tellingAdapters(adapters), log),
    startPoller({ ...store, connections, adapters, log }),
  ]) {
    onStop(() => chore.stop());
  }
  const extend = (): void =>
    void extendSchedules(db).catch((error: unknown) => log.warn({ err: error }, 'schedules were not extended'));
  extend();
  const daily = setInterval(extend, DAY_MS);
  onStop(() => clearInterval(daily));
  // First of all: what waits for its turn is not begun any more.
  onStop(() => void connections.drain());
}
