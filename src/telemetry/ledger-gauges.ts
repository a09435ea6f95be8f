/** What the database knows, for /metrics: of all processes. Read when asked, at most once a second. */
import { Gauge, type Registry } from 'prom-client';
import { TERMINAL_STATES, TRANSACTION_STATES } from '../domain/index.ts';
import { CONNECTION_LABELS, connectionLabels, type MeteredConnection } from './connection-labels.ts';

export interface ConnectionGauges extends MeteredConnection {
  readonly isBreakerOpen: boolean;
  readonly isActive: boolean;
  readonly throttledSeconds: number;
  /** Transactions by state, of those that are not over. */
  readonly transactions: Readonly<Record<string, number>>;
  readonly oldestQueuedSeconds: number;
  readonly blocked: number;
  readonly oldestBlockedSeconds: number;
}

export interface LedgerGauges {
  readonly connections: readonly ConnectionGauges[];
  readonly replayRequests: number;
  readonly workers: number;
}

export type ReadLedger = () => Promise<LedgerGauges>;

const MAX_AGE_MS = 1_000;
const COUNTED = TRANSACTION_STATES.filter((state) => !TERMINAL_STATES.includes(state));

/** Metrics by name: what they tell of one connection. */
const OF_CONNECTION: readonly [name: string, help: string, value: (of: ConnectionGauges) => number][] = [
  ['tessera_connection_active', '1: work is sent to the HIS; 0: paused or parked.', (of) => Number(of.isActive)],
  ['tessera_breaker_open', '1: the HIS was found unwell, and is probed.', (of) => Number(of.isBreakerOpen)],
  [
    'tessera_throttled_seconds',
    'For how long the HIS has still asked to be left alone; 0: it has not.',
    (of) => of.throttledSeconds,
  ],
  [
    'tessera_oldest_queued_seconds',
    'Age of the oldest change that waits to be sent; 0 without one.',
    (of) => of.oldestQueuedSeconds,
  ],
  ['tessera_blocked_appointments', 'Appointments whose changes are held up by one that is stuck.', (of) => of.blocked],
  [
    'tessera_oldest_blocked_seconds',
    'Since when the first of these has been blocked; 0 without one.',
    (of) => of.oldestBlockedSeconds,
  ],
];

export function addLedgerGauges(registry: Registry, read: ReadLedger): void {
  const present = shared(read);
  const registers = [registry];
  new Gauge({
    name: 'tessera_database_up',
    help: '1: the database answers. While it does not, what is read from it is missing.',
    registers,
    async collect() {
      this.set((await present()) ? 1 : 0);
    },
  });
  for (const [name, help, value] of OF_CONNECTION) {
    new Gauge({
      name,
      help,
      labelNames: [...CONNECTION_LABELS],
      registers,
      async collect() {
        const ledger = await present();
        this.reset();
        for (const each of ledger?.connections ?? []) this.set(connectionLabels(each), value(each));
      },
    });
  }
  new Gauge({
    name: 'tessera_transactions',
    help: 'Changes that are not over, by state; needs_review and failed wait for a person.',
    labelNames: [...CONNECTION_LABELS, 'state'],
    registers,
    async collect() {
      const ledger = await present();
      this.reset();
      for (const each of ledger?.connections ?? []) {
        for (const state of COUNTED) this.set({ ...connectionLabels(each), state }, each.transactions[state] ?? 0);
      }
    },
  });
  addHubGauge(
    registry,
    'tessera_replay_requests_waiting',
    'Edited replays that wait for a second person.',
    async () => (await present())?.replayRequests,
  );
  addHubGauge(
    registry,
    'tessera_worker_processes',
    'Processes that are alive and work.',
    async () => (await present())?.workers,
  );
}

function addHubGauge(registry: Registry, name: string, help: string, value: () => Promise<number | undefined>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const found = await value();
      if (found === undefined) this.remove();
      else this.set(found);
    },
  });
}

/** Whoever asks within a second gets the same answer; undefined while the database is away. */
function shared(read: ReadLedger): () => Promise<LedgerGauges | undefined> {
  let readAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<LedgerGauges | undefined> = Promise.resolve(undefined);
  return () => {
    if (performance.now() - readAt >= MAX_AGE_MS) {
      readAt = performance.now();
      answer = read().catch(() => undefined);
    }
    return answer;
  };
}
