import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AdapterError, CONTRACT_VERSION, defineAdapter, type Adapter, type Call, type CheckStep } from '#adapter-kit';
import { fieldErrors } from '../../src/api/field-errors.ts';
import {
  changeConnection,
  createConnection,
  pauseConnection,
  resumeConnection,
  type ConnectionInput,
  type ConnectionParts,
} from '../../src/commands/connections.ts';
import { connectionChecks } from '../../src/connections/check.ts';
import { adapterCatalogue } from '../../src/connections/connection-schema.ts';
import { Connections } from '../../src/connections/open-connections.ts';
import { PRODUCTION_POLICY, type Log } from '../../src/domain/index.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { createSeal, secretsRow } from '../../src/ledger/seal.ts';
import { readConnectionHealth } from '../../src/queries/connection-health.ts';
import { readConnection } from '../../src/queries/connections.ts';
import { listLocations } from '../../src/queries/locations.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { thrown } from '../support/thrown.ts';

const seal = createSeal(randomBytes(32));
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What the adapter does when it is asked to check; each test says. */
let checks: (call: Call) => AsyncIterable<CheckStep>;

const done = { class: 'success', externalId: '1' } as const;
const adapterOf = (id: string, more: Partial<Adapter['manifest']>): Adapter =>
  defineAdapter({
    manifest: {
      id,
      title: id,
      contractVersion: CONTRACT_VERSION,
      managedBy: 'his',
      capabilities: [],
      lookup: 'none',
      configSchema: {
        type: 'object',
        additionalProperties: false,
        required: ['baseUrl'],
        properties: {
          baseUrl: { type: 'string', format: 'uri' },
          timeZone: { type: 'string', format: 'iana-time-zone' },
          sites: {
            type: 'array',
            items: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
          },
        },
      },
      secrets: ['password', 'key'],
      ...more,
    },
    connect: ({ config, secrets }) => {
      if (secrets['password'] === 'unfit')
        throw new AdapterError('misconfigured', 'unfit', 'these settings do not go together');
      for (const name of more.secrets ?? ['password'])
        if (!secrets[name])
          throw new AdapterError('misconfigured', 'setting-missing', `the setting "${name}" is needed`);
      if (config['sites'] === 0) throw new Error('the schema should have refused this');
      return {
        book: async () => done,
        cancel: async () => done,
        lookup: async () => ({ kind: 'absent' }),
        ...(more.capabilities?.includes('ChecksItself') ? { check: (call: Call) => checks(call) } : {}),
        ...(more.capabilities?.includes('ListsLocations') ? { listLocations: async function* () {} } : {}),
        close: async () => {},
      };
    },
  });

const adapters = new Map(
  [
    adapterOf('checking', { capabilities: ['ChecksItself', 'ListsLocations'] }),
    adapterOf('silent', {}),
    adapterOf('own', { managedBy: 'hub', configSchema: { type: 'object', additionalProperties: false }, secrets: [] }),
  ].map((each) => [each.manifest.id, each]),
);

let database: TestDatabase;
let clinic: Clinic;
let parts: ConnectionParts;
let connections: Connections;
let woken: string[];
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
  woken = [];
  parts = {
    db: database.db,
    seal,
    queue: {
      send: async (_tx, { transactionId }) => void woken.push(transactionId),
      begin: () => {},
      work: () => {},
      stop: async () => {},
    },
    adapters: adapterCatalogue(adapters, fieldErrors),
  };
  connections = new Connections({
    sql: database.db,
    seal,
    adapters,
    mappings: { for: () => undefined, adapters: () => [], all: () => [] },
    openHubBook: (id) => openHubBook(database.db, id),
    openFeed: () => {
      throw new Error('none of these adapters hears anything');
    },
  });
});
afterEach(() => connections.close());
afterAll(() => database.drop());

const tellsNothing = (): boolean => false;

const input = (more: Partial<ConnectionInput> = {}): ConnectionInput => ({
  key: randomUUID(),
  name: '  General Hospital ',
  adapter: 'checking',
  config: { baseUrl: 'https://his.example.org/fhir' },
  secrets: { password: 'swordfish', key: 'k' },
  ...more,
});
const create = (more: Partial<ConnectionInput> = {}): Promise<string> =>
  createConnection(parts, clinic.caller('engineer'), input(more));
const pointersOf = async (work: Promise<unknown>): Promise<string[]> =>
  (await thrown(work)).errors.map((each) => each.pointer);

async function storedSecrets(id: string): Promise<unknown> {
  const found = await database.db.query<{ secrets: Buffer }>('select secrets from connection where id = $1', [id]);
  return JSON.parse(seal.open(secretsRow(id), found.rows[0]?.secrets ?? Buffer.alloc(0)));
}

describe('a connection', () => {
  test('is made by an adapter, and read back without its secrets, which are kept sealed', async () => {
    const id = await create({ policy: { callsPerSecond: 2 } });
    const read = await readConnection(database.db, clinic.caller('support'), id);
    expect(read).toMatchObject({
      name: 'General Hospital',
      adapter: 'checking',
      managedBy: 'his',
      state: 'active',
      config: { baseUrl: 'https://his.example.org/fhir' },
      hasSecrets: true,
      policy: { ...PRODUCTION_POLICY, callsPerSecond: 2 },
      synchronisedAt: null,
    });
    expect(JSON.stringify(read)).not.toContain('swordfish');
    const row = await database.db.query<{ row: string }>('select c::text as row from connection c where id = $1', [id]);
    expect(row.rows[0]?.row).not.toContain('swordfish');
    expect(row.rows[0]?.row).not.toContain(Buffer.from('swordfish').toString('hex'));
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('of an adapter that is not installed is refused, with those that are', async () => {
    const error = await thrown(create({ adapter: 'nothing' }));
    expect(error.errors).toEqual([
      { pointer: '/adapter', detail: 'expected one of those installed here: checking, silent, own' },
    ]);
  });

  test('hears of everything that is wrong with it at once, by what its adapter asks for', async () => {
    const error = await thrown(
      create({
        config: { sites: [{ code: 7 }, {}], url: 'x' },
        secrets: { password: 'p', 'pass/word': 'swordfish' },
        policy: { leaseMs: 2_000, retriesMax: 101 },
      }),
    );
    expect(error.errors).toEqual([
      { pointer: '/config/baseUrl', detail: 'is required, and is missing' },
      { pointer: '/config/url', detail: 'is not known here; known are baseUrl, timeZone, sites' },
      { pointer: '/config/sites/0/code', detail: 'expected text, got a number' },
      { pointer: '/config/sites/1/code', detail: 'is required, and is missing' },
      { pointer: '/secrets/pass~1word', detail: 'is not known here; known are password, key' },
      { pointer: '/policy/retriesMax', detail: 'expected whole numbers from 0 to 100' },
      { pointer: '/policy/leaseMs', detail: expect.stringContaining('expected at least 47000') },
    ]);
    expect(JSON.stringify(error.errors)).not.toContain('swordfish');
  });

  test('with credentials in its URL, or with settings that its adapter itself refuses, is refused', async () => {
    expect(await pointersOf(create({ config: { baseUrl: 'https://u:p@his.example.org' } }))).toEqual([
      '/config/baseUrl',
    ]);
    const unfit = await thrown(create({ secrets: { password: 'unfit' } }));
    expect(unfit.errors).toEqual([{ pointer: '/config', detail: 'these settings do not go together' }]);
  });

  test('in a time zone that does not exist, or is a bare offset, is refused', async () => {
    const at = (timeZone: string) => create({ config: { baseUrl: 'https://his.example.org', timeZone } });
    for (const wrong of ['Mars/Olympus', '+02:00', '']) {
      expect((await thrown(at(wrong))).errors).toEqual([
        { pointer: '/config/timeZone', detail: 'expected an IANA time zone, e.g. Europe/Berlin' },
      ]);
    }
    await at('America/New_York');
  });

  test('needs the secrets that its adapter misses, and may leave out the others', async () => {
    const missing = await thrown(create({ secrets: { key: 'k' } }));
    expect(missing.errors).toEqual([{ pointer: '/secrets/password', detail: 'the setting "password" is needed' }]);
    const id = await create({ secrets: { password: 'p' } });
    expect(await storedSecrets(id)).toEqual({ password: 'p' });
  });

  test('has a key of its own in its organization, also when ten ask for it at once', async () => {
    const key = 'general';
    const made = await Promise.allSettled(Array.from({ length: 10 }, () => create({ key })));
    expect(made.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    const error = await thrown(create({ key }));
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/key']);
    const elsewhere = (await createClinic(database.db)).caller('engineer');
    await createConnection(parts, elsewhere, input({ key }));
  });

  test('brings its site where the adapter cannot list those of its HIS, and only there', async () => {
    const location = { name: 'North Wing', timeZone: 'europe/berlin', externalId: 'NW' };
    const id = await create({ adapter: 'silent', location });
    const { items } = await listLocations(database.db, clinic.caller(), { limit: 10 });
    expect(items).toContainEqual(
      expect.objectContaining({ name: 'North Wing', timeZone: 'Europe/Berlin', connectionId: id }),
    );
    const keys = await database.db.query('select value from external_identifier where connection_id = $1', [id]);
    expect(keys.rows).toEqual([{ value: 'NW' }]);
    expect(await pointersOf(create({ location }))).toEqual(['/location']);
    expect(
      await pointersOf(create({ adapter: 'silent', location: { ...location, timeZone: 'Mars/Olympus' } })),
    ).toEqual(['/location/timeZone']);
  });

  test('of another organization is not found', async () => {
    const id = await create();
    const stranger = (await createClinic(database.db)).caller('admin');
    for (const each of [id, randomUUID(), 'nonsense']) {
      for (const work of [
        changeConnection(parts, stranger, each, {}),
        pauseConnection(parts, stranger, each),
        resumeConnection(parts, stranger, each),
        readConnectionHealth(database.db, stranger, each, tellsNothing),
      ]) {
        expect((await thrown(work)).code).toBe('not-found');
      }
    }
    expect(await readConnection(database.db, clinic.caller(), id)).toMatchObject({ state: 'active' });
  });
});

describe('a change', () => {
  test('of one secret keeps the others, and is what the next call works with', async () => {
    const id = await create();
    const before = (await connections.get(id)).connection;
    await changeConnection(parts, clinic.caller('engineer'), id, { secrets: { password: 'new' } });
    expect(await storedSecrets(id)).toEqual({ password: 'new', key: 'k' });
    expect((await connections.get(id)).connection).not.toBe(before);
    await changeConnection(parts, clinic.caller('engineer'), id, { secrets: { key: null } });
    expect(await storedSecrets(id)).toEqual({ password: 'new' });
    const taken = changeConnection(parts, clinic.caller('engineer'), id, { secrets: { password: null } });
    expect(await pointersOf(taken)).toEqual(['/secrets/password']);
  });

  test('replaces the config, changes the values of the policy that it names, and leaves the rest', async () => {
    const id = await create({
      config: { baseUrl: 'https://a.example.org', sites: [{ code: 'A' }] },
      policy: { concurrency: 3 },
    });
    await changeConnection(parts, clinic.caller('engineer'), id, {
      config: { baseUrl: 'https://b.example.org' },
      policy: { callsPerSecond: 1 },
    });
    expect(await readConnection(database.db, clinic.caller(), id)).toMatchObject({
      name: 'General Hospital',
      config: { baseUrl: 'https://b.example.org' },
      policy: { ...PRODUCTION_POLICY, concurrency: 3, callsPerSecond: 1 },
    });
    expect((await readConnection(database.db, clinic.caller(), id))['config']).not.toHaveProperty('sites');
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('that would make it wrong is refused, and nothing is changed', async () => {
    const id = await create();
    const engineer = clinic.caller('engineer');
    const refused = changeConnection(parts, engineer, id, {
      name: 'Other',
      config: {},
      secrets: { token: 't' },
      policy: { writeDeadlineMs: 59_000 },
    });
    expect(await pointersOf(refused)).toEqual(['/config/baseUrl', '/secrets/token', '/policy/leaseMs']);
    expect(await readConnection(database.db, engineer, id)).toMatchObject({
      name: 'General Hospital',
      policy: PRODUCTION_POLICY,
    });
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('of secrets that were sealed with a lost key asks for all of them anew', async () => {
    const id = await create();
    await database.db.query('update connection set secrets = $2 where id = $1', [id, randomBytes(60)]);
    const engineer = clinic.caller('engineer');
    expect(await pointersOf(changeConnection(parts, engineer, id, { secrets: { key: 'k2' } }))).toEqual([
      '/secrets/password',
    ]);
    await changeConnection(parts, engineer, id, { secrets: { key: 'k2', password: 'p2' } });
    expect(await storedSecrets(id)).toEqual({ key: 'k2', password: 'p2' });
  });

  test('made by many at once loses none', async () => {
    const id = await create();
    const engineer = clinic.caller('engineer');
    const values = { concurrency: 3, callsPerSecond: 4, retriesMax: 5, retryBaseMs: 600, breakerResetMs: 700 };
    await Promise.all(
      Object.entries(values).map(([name, value]) =>
        changeConnection(parts, engineer, id, { policy: { [name]: value } }),
      ),
    );
    expect(await readConnection(database.db, engineer, id)).toMatchObject({
      policy: { ...PRODUCTION_POLICY, ...values },
    });
  });
});

/** A transaction of the connection, in a state, as the ledger would hold it. */
async function addTransaction(
  connectionId: string,
  state: string,
  more: { ageSeconds?: number } = {},
): Promise<string> {
  const slotId = await clinic.addSlot({ connectionId, hubManaged: false, externalId: randomUUID() });
  const appointmentId = await clinic.book(slotId);
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
      clinic.organizationId,
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
    const { state, stateReason } = await readConnection(database.db, clinic.caller(), id);
    return [state, stateReason];
  };

  test('stop and start a connection, as often as they are asked for', async () => {
    const id = await create();
    const engineer = clinic.caller('engineer');
    await pauseConnection(parts, engineer, id, 'Upgrade');
    expect(await stateOf(id)).toEqual(['paused', 'Upgrade']);
    await pauseConnection(parts, engineer, id);
    expect(await stateOf(id)).toEqual(['paused', null]);
    await resumeConnection(parts, engineer, id);
    await resumeConnection(parts, engineer, id);
    expect(await stateOf(id)).toEqual(['active', null]);
  });

  test.each(['paused', 'parked'])(
    'resuming a %s connection wakes what waited for it, and nothing else',
    async (state) => {
      const id = await create();
      const waiting = await addTransaction(id, 'parked');
      const unknown = await addTransaction(id, 'unknown');
      const elsewhere = await addTransaction(await create(), 'parked');
      await database.db.query(`update connection set state = $2, probe_at = now() + interval '1 hour' where id = $1`, [
        id,
        state,
      ]);
      await resumeConnection(parts, clinic.caller('engineer'), id);
      // What is unknown is looked up at once, too: the pause may have kept it waiting.
      expect(woken).toEqual([waiting, unknown]);
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
    const id = await create();
    expect(await readConnectionHealth(database.db, clinic.caller(), id, tellsNothing)).toEqual({
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
    const id = await create();
    await addTransaction(id, 'queued', { ageSeconds: 10 });
    await addTransaction(id, 'parked', { ageSeconds: 90 });
    await addTransaction(id, 'sending');
    await addTransaction(id, 'unknown', { ageSeconds: 500 });
    await addTransaction(id, 'verifying');
    for (const state of ['needs_review', 'failed', 'failed', 'rejected']) await addTransaction(id, state);
    const succeeded = await addTransaction(id, 'succeeded');
    const other = await addTransaction(await create(), 'succeeded');
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
    const health = await readConnectionHealth(database.db, clinic.caller(), id, tellsNothing);
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
    const id = await create({ policy: { staleAfterMs: 10_000 } });
    const own = await create({ adapter: 'own', config: {}, secrets: {} });
    await database.db.query(`update connection set synchronised_at = now() - interval '11 seconds' where id = $1`, [
      id,
    ]);
    const staleness = async (each: string) =>
      (await readConnectionHealth(database.db, clinic.caller(), each, tellsNothing)).stale;
    expect([await staleness(id), await staleness(own)]).toEqual([true, false]);
  });
});

describe('a check', () => {
  let his: Server;
  let seen: string[];
  let config: { baseUrl: string };
  beforeEach(async () => {
    seen = [];
    his = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === '/slow') return;
      response.end('the whole of a patient’s record');
    });
    his.listen(0, '127.0.0.1');
    await once(his, 'listening');
    config = { baseUrl: `http://127.0.0.1:${(his.address() as AddressInfo).port}` };
  });
  afterEach(async () => {
    his.closeAllConnections();
    if (!his.listening) return;
    his.close();
    await once(his, 'close');
  });

  const checkOf = (id: string, deadlineMs?: number) =>
    connectionChecks({
      sql: database.db,
      seal,
      adapters,
      connections,
      log,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    })(id);
  const verdicts = ({ steps }: Awaited<ReturnType<typeof checkOf>>): string =>
    steps.map(({ step, ok, skipped }) => `${step} ${ok ? '' : 'not '}${skipped ? 'tried' : 'ok'}`).join(', ');

  test('does what the adapter does, with what each step took, also on a paused connection', async () => {
    checks = async function* (call) {
      await call.fetch(`${config.baseUrl}/token`, { method: 'POST' });
      yield { step: 'auth', ok: true, detail: 'a token' };
      yield { step: 'read', ok: true, detail: 'slots' };
      yield { step: 'map', ok: true, detail: 'understood' };
      yield { step: 'write', ok: true, detail: 'could be' };
    };
    const id = await create({ config, state: 'paused' });
    const report = await checkOf(id);
    expect(report).toMatchObject({
      connectionId: id,
      ok: true,
      summary: 'Everything that could be tried works: tcp, auth, read, map, write.',
    });
    expect(report.steps.map((each) => each.step)).toEqual(['dns', 'tcp', 'tls', 'auth', 'read', 'map', 'write']);
    expect(seen).toEqual(['POST /token']);
  });

  test('stops at the first step that fails, and says what to do', async () => {
    checks = async function* () {
      yield { step: 'auth', ok: false, detail: 'the client is not known' };
    };
    const report = await checkOf(await create({ config }));
    expect(report).toMatchObject({ ok: false, summary: 'Stopped at auth: the client is not known.' });
    expect(report.steps[3]).toMatchObject({ ok: false, skipped: false, remedy: expect.stringContaining('secrets') });
    expect(verdicts(report)).toMatch(/auth not ok, read not tried, map not tried, write not tried$/);
  });

  test('never asks the adapter of a HIS that cannot be reached', async () => {
    checks = () => {
      throw new Error('asked');
    };
    const id = await create({ config });
    his.close();
    await once(his, 'close');
    expect(await checkOf(id)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^Stopped at tcp: .* refuses connections\.$/),
    });
  });

  test('sends no write, whatever the adapter tries', async () => {
    checks = async function* (call) {
      yield { step: 'auth', ok: true, detail: 'yes' };
      await call.fetch(`${config.baseUrl}/book`, { method: 'POST', write: true, body: '{}' });
      yield { step: 'write', ok: true, detail: 'booked' };
    };
    const report = await checkOf(await create({ config }));
    expect(report).toMatchObject({ ok: false, summary: expect.stringMatching(/^Stopped at read: .*refused/) });
    expect(seen).toEqual([]);
  });

  test('repeats nothing of what an adapter’s own mistake says', async () => {
    checks = async function* () {
      yield { step: 'auth', ok: true, detail: 'yes' };
      throw new Error('swordfish of Nora Lindqvist');
    };
    const report = await checkOf(await create({ config }));
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report)).not.toMatch(/swordfish|Nora/);
  });

  test('ends in time, though the HIS never answers', async () => {
    checks = async function* (call) {
      await call.fetch(`${config.baseUrl}/slow`);
      yield { step: 'auth', ok: true, detail: 'never' };
    };
    const report = await checkOf(await create({ config }), 300);
    expect(report).toMatchObject({ ok: false, summary: expect.stringMatching(/^Stopped at auth: /) });
    expect(report.durationMs).toBeLessThan(2_000);
  });

  test('asked for many times at once is made once', async () => {
    checks = async function* (call) {
      await call.fetch(config.baseUrl);
      yield { step: 'auth', ok: true, detail: 'yes' };
    };
    const id = await create({ config });
    const check = connectionChecks({ sql: database.db, seal, adapters, connections, log });
    await Promise.all(Array.from({ length: 20 }, () => check(id)));
    expect(seen).toEqual(['GET /']);
    await check(id);
    expect(seen).toHaveLength(2);
  });

  test('of an adapter that cannot check itself goes as far as the hub can', async () => {
    const report = await checkOf(await create({ adapter: 'silent', config }));
    expect(verdicts(report)).toBe('dns tried, tcp ok, tls tried, auth tried, read tried, map tried, write tried');
    expect(report).toMatchObject({ ok: true, summary: 'Everything that could be tried works: tcp.' });
  });

  test('of the hub’s own book reads the book', async () => {
    const report = await checkOf(await create({ adapter: 'own', config: {}, secrets: {} }));
    expect(verdicts(report)).toBe('dns tried, tcp tried, tls tried, auth tried, read ok, map tried, write tried');
  });

  test('says when the settings cannot be opened', async () => {
    const id = await create({ config });
    await database.db.query('update connection set secrets = $2 where id = $1', [id, randomBytes(60)]);
    expect(await checkOf(id)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^Stopped at auth: .*root key/),
    });
    await database.db.query(`update connection set adapter = 'gone' where id = $1`, [id]);
    expect(await checkOf(id)).toMatchObject({ ok: false, summary: expect.stringContaining('not installed') });
  });
});
