/**
 * What /metrics tells, in the text format of Prometheus. Counters and histograms are of this process; what the database knows is
 * read from it when asked (ledger-gauges.ts). Labels are ids, keys and words out of short lists: never what a person typed.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ERROR_CLASSES } from '../domain/index.ts';
import { CONNECTION_LABELS, connectionLabels, type MeteredConnection } from './connection-labels.ts';
import { addLedgerGauges, type ReadLedger } from './ledger-gauges.ts';

export interface MeteredCall {
  readonly operation: string;
  readonly class: string;
  readonly durationMs: number;
}

export interface MeteredRequest {
  readonly method: string;
  /** The route's template. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface MeteredSettlement {
  readonly connection: MeteredConnection;
  readonly kind: string;
  readonly state: string;
  readonly seconds: number;
}

/** What is asked when /metrics is. */
export interface MetricSources {
  readonly ledger: ReadLedger;
  readonly pool: () => { readonly total: number; readonly idle: number; readonly waiting: number };
  /** The connections that are open in this process. */
  readonly connections: () => readonly {
    readonly connection: MeteredConnection;
    readonly inUse: number;
    readonly share: number;
    readonly waiting: number;
  }[];
}

const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SETTLEMENT_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 86_400];
const EVENT_LOOP_MS = 10;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Of findings and successes beside the error classes. */
const CLASSES: ReadonlySet<string> = new Set([
  ...ERROR_CLASSES,
  'success',
  'found',
  'absent',
  'taken',
  'inconclusive',
  'failed',
]);
const known = (words: ReadonlySet<string>, word: string): string => (words.has(word) ? word : 'other');

export class Metrics {
  readonly #registry = new Registry();
  readonly #calls = this.#counter('tessera_his_calls_total', 'Calls to a HIS that have ended.', [
    ...CONNECTION_LABELS,
    'operation',
    'class',
  ]);
  readonly #callSeconds = this.#histogram(
    'tessera_his_call_duration_seconds',
    'How long calls to a HIS took.',
    [...CONNECTION_LABELS, 'operation'],
    CALL_SECONDS,
  );
  readonly #requests = this.#counter('tessera_api_requests_total', 'Requests to the API that have ended.', [
    'method',
    'route',
    'status',
  ]);
  readonly #refused = this.#counter(
    'tessera_api_overload_total',
    'Reads that were refused because there was more to do than could be done.',
    [],
  );
  readonly #requestSeconds = this.#histogram(
    'tessera_api_request_duration_seconds',
    'How long requests to the API took.',
    ['method', 'route'],
    REQUEST_SECONDS,
  );
  readonly #settlements = this.#histogram(
    'tessera_settlement_seconds',
    'From the acceptance of a change to its settlement.',
    [...CONNECTION_LABELS, 'kind', 'state'],
    SETTLEMENT_SECONDS,
  );
  readonly #lag = monitorEventLoopDelay({ resolution: EVENT_LOOP_MS });

  constructor(sources: MetricSources) {
    this.#lag.enable();
    this.#addProcessGauges();
    this.#addUseGauges(sources);
    addLedgerGauges(this.#registry, sources.ledger);
  }

  readonly contentType = this.#registry.contentType;

  called(connection: MeteredConnection, call: MeteredCall): void {
    const labels = { ...connectionLabels(connection), operation: call.operation };
    this.#calls.inc({ ...labels, class: known(CLASSES, call.class) });
    this.#callSeconds.observe(labels, call.durationMs / 1_000);
  }

  requested({ method, route, status, durationMs }: MeteredRequest): void {
    const labels = { method: known(METHODS, method), route };
    this.#requests.inc({ ...labels, status: String(status) });
    this.#requestSeconds.observe(labels, durationMs / 1_000);
  }

  overloaded(): void {
    this.#refused.inc();
  }

  settled({ connection, kind, state, seconds }: MeteredSettlement): void {
    this.#settlements.observe({ ...connectionLabels(connection), kind, state }, seconds);
  }

  /** All of it as text. */
  expose(): Promise<string> {
    return this.#registry.metrics();
  }

  stop(): void {
    this.#lag.disable();
  }

  #addProcessGauges(): void {
    const registers = [this.#registry];
    const lag = this.#lag;
    new Gauge({
      name: 'tessera_event_loop_lag_seconds',
      help: 'By how much this process came late to its work, since the last time it was asked.',
      labelNames: ['quantile'],
      registers,
      collect() {
        for (const quantile of [0.5, 0.99, 1]) {
          // A timer of so many milliseconds is late by what it took longer; without a sample nothing is.
          const ms = lag.count === 0 ? EVENT_LOOP_MS : lag.percentile(quantile * 100) / 1e6;
          this.set({ quantile: String(quantile) }, Math.max(0, ms - EVENT_LOOP_MS) / 1_000);
        }
        lag.reset();
      },
    });
    new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Memory of this process.',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
    new Gauge({
      name: 'process_start_time_seconds',
      help: 'When this process started, in seconds since 1970.',
      registers,
    }).set(Math.round(Date.now() / 1_000 - process.uptime()));
  }

  #addUseGauges({ pool, connections }: MetricSources): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'tessera_database_connections',
      help: 'Database connections of this process; waiting: requests that have none.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(pool())) this.set({ state }, count);
      },
    });
    new Gauge({
      name: 'tessera_his_calls',
      help: 'Calls of this process to a HIS: under way, waiting for their turn, and how many may be under way.',
      labelNames: [...CONNECTION_LABELS, 'state'],
      registers,
      collect() {
        this.reset();
        for (const { connection, inUse, waiting, share } of connections()) {
          const labels = connectionLabels(connection);
          this.set({ ...labels, state: 'under-way' }, inUse);
          this.set({ ...labels, state: 'waiting' }, waiting);
          this.set({ ...labels, state: 'limit' }, share);
        }
      },
    });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }
}
