/** Connections that stop and start, and how they do. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pauseConnection, resumeConnection } from '../../src/commands/connections.ts';
import { PRODUCTION_POLICY } from '../../src/domain/index.ts';
import { readConnectionHealth } from '../../src/queries/connection-health.ts';
import { readConnection } from '../../src/queries/connections.ts';
import { ConnectionsDesk } from '../support/connections-desk.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let desk: ConnectionsDesk;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  desk = await ConnectionsDesk.open(database.db);
});
afterEach(() => desk.connections.close());
afterAll(() => database.drop());

const tellsNothing = (): boolean => false;

/** A transaction of the connection, in a state, as the ledger would hold it. */
async function addTransaction(
  connectionId: string,
  state: string,
  more: { ageSeconds?: number } = {},
): Promise<string> {
  const slotId = await desk.clinic.addSlot({ connectionId, hubManaged: false, externalId: randomUUID() });
  const appointmentId = await desk.clinic.book(slotId);
  const id = randomUUID();
  const leased = state === 'sending' || state === 'verifying';
  const settled = ['succeeded', 'rejected', 'superseded', 'failed', 'needs_review'].includes(state);
  await database.db.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, due_at,
       created_at, lease_token, lease_until, settled_at)
     values ($1, $2, $3, $4, 'c', 'book', $5, $6, now() + interval '1 hour', now() - $7 * interval '1 second', $8,
       case when $8::uuid is null then null else now() + interval '1 hour' end, case when $9 then now() end)`,
    [
      id,
      desk.clinic.organizationId,
      connectionId,
      appointmentId,
      state,
      slotId,
      more.ageSeconds ?? 0,
      leased ? randomUUID() : null,
      settled,
    ],
  );
  return id;
}

async function addAttempt(
  transactionId: string,
  at: number,
  result?: { class: string; durationMs: number },
  purpose = 'execute',
) {
  // A UUIDv7 of that time, as beginAttempt makes them.
  const hex = at.toString(16).padStart(12, '0');
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
  await database.db.query(
    `insert into attempt (id, transaction_id, number, step, purpose, lease_token, started_at)
     select $1, $2, 1 + count(*), 'book', $3, $4, to_timestamp($5 / 1000.0) from attempt where transaction_id = $2`,
    [id, transactionId, purpose, randomUUID(), at],
  );
  if (!result) return;
  await database.db.query('insert into attempt_result (attempt_id, class, duration_ms) values ($1, $2, $3)', [
    id,
    result.class,
    result.durationMs,
  ]);
}

describe('pause and resume', () => {
  const stateOf = async (id: string) => {
    const { state, stateReason } = await readConnection(database.db, desk.clinic.caller(), id);
    return [state, stateReason];
  };

  test('stop and start a connection, as often as they are asked for', async () => {
    const id = await desk.create();
    const engineer = desk.clinic.caller('engineer');
    await pauseConnection(desk.parts, engineer, id, 'Upgrade');
    expect(await stateOf(id)).toEqual(['paused', 'Upgrade']);
    await pauseConnection(desk.parts, engineer, id);
    expect(await stateOf(id)).toEqual(['paused', null]);
    await resumeConnection(desk.parts, engineer, id);
    await resumeConnection(desk.parts, engineer, id);
    expect(await stateOf(id)).toEqual(['active', null]);
  });

  test.each(['paused', 'parked'])(
    'resuming a %s connection wakes what waited for it, and nothing else',
    async (state) => {
      const id = await desk.create();
      const waiting = await addTransaction(id, 'parked');
      const unknown = await addTransaction(id, 'unknown');
      const elsewhere = await addTransaction(await desk.create(), 'parked');
      await database.db.query(`update connection set state = $2, probe_at = now() + interval '1 hour' where id = $1`, [
        id,
        state,
      ]);
      await resumeConnection(desk.parts, desk.clinic.caller('engineer'), id);
      // What is unknown is looked up at once, too: the pause may have kept it waiting.
      expect(desk.woken).toEqual([waiting, unknown]);
      const due = await database.db.query<{ id: string }>(
        'select id from transaction where id = any($1) and due_at <= now()',
        [[waiting, unknown, elsewhere]],
      );
      expect(due.rows.map((each) => each.id).toSorted()).toEqual([waiting, unknown].toSorted());
    },
  );
});

describe('health', () => {
  test('of a connection that nothing has happened on is empty', async () => {
    const id = await desk.create();
    expect(await readConnectionHealth(database.db, desk.clinic.caller(), id, tellsNothing)).toEqual({
      connectionId: id,
      state: 'active',
      stateReason: null,
      breaker: 'closed',
      limiter: {
        callsPerSecond: PRODUCTION_POLICY.callsPerSecond,
        usedLastSecond: 0,
        throttledUntil: null,
        processes: 0,
      },
      queue: { depth: 0, oldestAgeSeconds: null },
      unknown: 0,
      needsReview: 0,
      failed: 0,
      last24h: { attempts: 0, succeeded: 0, refused: 0, unavailable: 0, lost: 0, p50Ms: null, p95Ms: null },
      lastSuccessAt: null,
      synchronisedAt: null,
      stale: true,
      expiries: [],
      feed: null,
    });
  });

  test('counts what waits, what is lost, what needs a person, and how the HIS answered', async () => {
    const id = await desk.create();
    await addTransaction(id, 'queued', { ageSeconds: 10 });
    await addTransaction(id, 'parked', { ageSeconds: 90 });
    await addTransaction(id, 'sending');
    await addTransaction(id, 'unknown', { ageSeconds: 500 });
    await addTransaction(id, 'verifying');
    for (const state of ['needs_review', 'failed', 'failed', 'rejected']) await addTransaction(id, state);
    const succeeded = await addTransaction(id, 'succeeded');
    const other = await addTransaction(await desk.create(), 'succeeded');
    const now = Date.now();
    for (const [at, name, durationMs] of [
      [now - 1_000, 'success', 100],
      [now - 2_000, 'success', 200],
      [now - 23 * 3600_000, 'conflict', 300],
      [now - 3_000, 'throttled', 400],
      [now - 3_000, 'unknown', 500],
      [now - 25 * 3600_000, 'success', 9_000],
    ] as const) {
      await addAttempt(succeeded, at, { class: name, durationMs });
      await addAttempt(other, at, { class: 'success', durationMs });
    }
    await addAttempt(succeeded, now);
    await addAttempt(succeeded, now, { class: 'found', durationMs: 9_000 }, 'look-up');
    await database.db.query('update connection set synchronised_at = now() where id = $1', [id]);
    const health = await readConnectionHealth(database.db, desk.clinic.caller(), id, tellsNothing);
    expect(health).toMatchObject({
      queue: { depth: 3 },
      unknown: 2,
      needsReview: 1,
      failed: 2,
      last24h: { attempts: 6, succeeded: 2, refused: 1, unavailable: 1, lost: 1, p50Ms: 300, p95Ms: 480 },
      stale: false,
    });
    expect(health.queue.oldestAgeSeconds).toBeGreaterThanOrEqual(90);
    expect(health.queue.oldestAgeSeconds).toBeLessThan(120);
    expect(Date.parse(health.lastSuccessAt ?? '')).toBeGreaterThan(now - 60_000);
    expect(Date.parse(health.synchronisedAt ?? '')).toBeGreaterThan(now - 60_000);
  });

  test('is stale once the last synchronisation is older than the policy allows; the hub’s own book never is', async () => {
    const id = await desk.create({ policy: { staleAfterMs: 10_000 } });
    const own = await desk.create({ adapter: 'own', config: {}, secrets: {} });
    await database.db.query(`update connection set synchronised_at = now() - interval '11 seconds' where id = $1`, [
      id,
    ]);
    const staleness = async (each: string) =>
      (await readConnectionHealth(database.db, desk.clinic.caller(), each, tellsNothing)).stale;
    expect([await staleness(id), await staleness(own)]).toEqual([true, false]);
  });
});
