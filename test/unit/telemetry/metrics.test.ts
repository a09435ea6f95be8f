/** What /metrics tells: bounded labels, nothing personal, and what the database knows only while it answers. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Metrics, type MetricSources } from '../../../src/telemetry/metrics.ts';
import type { LedgerGauges } from '../../../src/telemetry/ledger-gauges.ts';

const CONNECTION = { organizationId: 'organization-1', key: 'north', adapter: 'any' };
const LABELS = 'organization="organization-1",connection="north",adapter="any"';

let read: () => Promise<LedgerGauges>;
let reads: number;
let metrics: Metrics;
beforeEach(() => {
  reads = 0;
  read = () =>
    Promise.resolve({
      connections: [
        {
          ...CONNECTION,
          isActive: true,
          isBreakerOpen: false,
          throttledSeconds: 1.5,
          transactions: { queued: 7, needs_review: 2, failed: 1 },
          oldestQueuedSeconds: 12,
          blocked: 3,
          oldestBlockedSeconds: 1_000,
        },
      ],
      replayRequests: 4,
      workers: 2,
    });
  const sources: MetricSources = {
    ledger: () => {
      reads += 1;
      return read();
    },
    pool: () => ({ total: 5, idle: 3, waiting: 1 }),
    connections: () => [{ connection: CONNECTION, inUse: 2, share: 8, waiting: 40 }],
  };
  metrics = new Metrics(sources);
});
afterEach(() => metrics.stop());

const lines = async (): Promise<string[]> => (await metrics.expose()).split('\n');

test('calls are counted by connection, operation and class, and their time measured', async () => {
  metrics.called(CONNECTION, { operation: 'book', class: 'success', durationMs: 300 });
  metrics.called(CONNECTION, { operation: 'book', class: 'unknown', durationMs: 3_000 });
  const shown = await lines();
  expect(shown).toContain(`tessera_his_calls_total{${LABELS},operation="book",class="success"} 1`);
  expect(shown).toContain(`tessera_his_calls_total{${LABELS},operation="book",class="unknown"} 1`);
  expect(shown).toContain(`tessera_his_call_duration_seconds_bucket{le="0.5",${LABELS},operation="book"} 1`);
  expect(shown).toContain(`tessera_his_call_duration_seconds_sum{${LABELS},operation="book"} 3.3`);
});

test('a class or a method that nobody knows is another one: a HIS, or a caller, makes no new series', async () => {
  for (const word of ['Zerynthia', 'x y', '"}\n']) {
    metrics.called(CONNECTION, { operation: 'book', class: word, durationMs: 1 });
    metrics.requested({ method: word, route: '/v1/slots', status: 200, durationMs: 1 });
  }
  const text = await metrics.expose();
  expect(text).not.toMatch(/Zerynthia|x y/);
  expect(text).toContain(`class="other"} 3`);
  expect(text).toContain('tessera_api_requests_total{method="other",route="/v1/slots",status="200"} 3');
});

test('requests are counted by route and status, and settlements by how they ended', async () => {
  metrics.requested({ method: 'POST', route: '/v1/appointments', status: 201, durationMs: 120 });
  metrics.settled({ connection: CONNECTION, kind: 'book', state: 'succeeded', seconds: 0.4 });
  const shown = await lines();
  expect(shown).toContain('tessera_api_requests_total{method="POST",route="/v1/appointments",status="201"} 1');
  expect(shown).toContain(
    'tessera_api_request_duration_seconds_bucket{le="0.15",method="POST",route="/v1/appointments"} 1',
  );
  expect(shown).toContain(`tessera_settlement_seconds_bucket{le="0.5",${LABELS},kind="book",state="succeeded"} 1`);
});

test('what the database knows is shown, states without a transaction as 0', async () => {
  const shown = await lines();
  for (const line of [
    'tessera_database_up 1',
    `tessera_transactions{${LABELS},state="queued"} 7`,
    `tessera_transactions{${LABELS},state="needs_review"} 2`,
    `tessera_transactions{${LABELS},state="parked"} 0`,
    `tessera_oldest_queued_seconds{${LABELS}} 12`,
    `tessera_breaker_open{${LABELS}} 0`,
    `tessera_throttled_seconds{${LABELS}} 1.5`,
    `tessera_blocked_appointments{${LABELS}} 3`,
    `tessera_oldest_blocked_seconds{${LABELS}} 1000`,
    'tessera_replay_requests_waiting 4',
    'tessera_worker_processes 2',
    `tessera_his_calls{${LABELS},state="under-way"} 2`,
    `tessera_his_calls{${LABELS},state="limit"} 8`,
    'tessera_database_connections{state="waiting"} 1',
  ]) {
    expect(shown).toContain(line);
  }
});

test('is read once however many ask at once', async () => {
  await Promise.all(Array.from({ length: 10 }, () => metrics.expose()));
  expect(reads).toBe(1);
});

test('without a database the process still tells of itself, and nothing old of the ledger', async () => {
  read = () => Promise.reject(new Error('away'));
  metrics.called(CONNECTION, { operation: 'book', class: 'success', durationMs: 1 });
  const shown = await lines();
  expect(shown).toContain('tessera_database_up 0');
  expect(shown.filter((line) => /^tessera_(transactions|blocked|breaker|worker|replay)/.test(line))).toEqual([]);
  expect(shown.some((line) => line.startsWith('tessera_his_calls_total{'))).toBe(true);
  expect(shown.some((line) => /^process_resident_memory_bytes \d{6,}/.test(line))).toBe(true);
});
