/** A hub of several processes, as whoever runs it sees it: metrics, limits that all keep together, a stop in the midst of work. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.ts';
import { HubProcess } from '../support/hub-process.ts';
import { TestHub, type FreeSlot, type Reply } from '../support/hub.ts';
import { until } from '../support/queues.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

const KEY = 'xml-his';

let hub: TestHub;
let workers: readonly [HubProcess, HubProcess];
let slots: FreeSlot[];
let patientId: string;
/** Started by a test, and stopped whatever becomes of it. */
const extra: HubProcess[] = [];

beforeAll(async () => {
  const database = await createTestDatabase();
  hub = new TestHub(database, await makeDataDirectory('tessera-hub-'), { TESSERA_ROLES: 'api,listener' });
  const belonging = { databaseUrl: database.url, dataDir: hub.dataDir, environment: {} };
  workers = [new HubProcess('worker', belonging), new HubProcess('worker', belonging)];
  await Promise.all([hub, ...workers].map((each) => each.start()));
  slots = await allSlots();
  patientId = await hub.newPatient({ name: { given: ['Zerynthia'], family: 'Quillfeather' } });
}, 90_000);

afterAll(async () => {
  await Promise.all([...workers, ...extra].map((each) => each.end()));
  await hub.stop();
}, 60_000);

async function allSlots(): Promise<FreeSlot[]> {
  const from = new Date(Date.now() + 2 * 3600_000).toISOString();
  const found: FreeSlot[] = [];
  for (const location of await hub.locationsOf(KEY)) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `location=${location}&from=${from}&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page: Reply<{ items: FreeSlot[]; nextCursor: string | null }> = await hub.request(
        'GET',
        `/v1/slots?${query}`,
      );
      found.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
  }
  return found;
}

async function bookLater(count: number): Promise<string[]> {
  const ids: string[] = [];
  const taken = slots.splice(0, count);
  expect(taken).toHaveLength(count);
  for (let at = 0; at < taken.length; at += 20) {
    const replies = await Promise.all(
      taken
        .slice(at, at + 20)
        .map(({ id }) => hub.book<{ id: string }>(id, patientId, `ops-${id}`, { prefer: 'respond-async' })),
    );
    for (const { status, body } of replies) {
      expect([201, 202]).toContain(status);
      ids.push(body.id);
    }
  }
  return ids;
}

const setPolicy = async (policy: object): Promise<void> => {
  const { id } = hub.connection(KEY);
  expect((await hub.request('PATCH', `/v1/connections/${id}`, { role: 'admin', body: { policy } })).status).toBe(200);
};

interface Counts {
  readonly [state: string]: number;
}

async function statesOf(appointmentIds: readonly string[]): Promise<Counts> {
  const found = await hub.database.db.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from transaction where appointment_id = any($1) group by state',
    [appointmentIds],
  );
  return Object.fromEntries(found.rows.map(({ state, count }) => [state, count]));
}

async function settled(ids: readonly string[], timeoutMs: number): Promise<void> {
  const all = { succeeded: ids.length };
  await until('all have succeeded', async () => (await statesOf(ids))['succeeded'] === ids.length, timeoutMs).catch(
    () => {},
  );
  expect(await statesOf(ids)).toEqual(all);
}

const metricsOf = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await fetch(`${url}/metrics`, { headers })).text();

describe('a limit of 50 calls a second', () => {
  test('is kept by two workers together, and their health says so', async () => {
    await setPolicy({ callsPerSecond: 50, concurrency: 32 });
    const from = Date.now();
    const ids = await bookLater(150);
    const health = await hub.until<{ limiter: { usedLastSecond: number } }>(
      `/v1/connections/${hub.connection(KEY).id}/health`,
      ({ limiter }) => limiter.usedLastSecond > 0,
    );
    expect(health).toMatchObject({ limiter: { callsPerSecond: 50, throttledUntil: null, processes: 2 } });
    await settled(ids, 30_000);
    const { requests } = await hub.control<{ requests: { at: string }[] }>(KEY, 'GET', '/effects');
    const times = requests.map(({ at }) => Date.parse(at)).toSorted((a, b) => a - b);
    const recent = times.slice(-150);
    const busiest = Math.max(...recent.map((one) => recent.filter((at) => at >= one && at < one + 1_000).length));
    // 50, the burst that 200 ms allow, and what three busy processes began late: two limits of their own would be 100 and more.
    expect(busiest).toBeLessThanOrEqual(80);
    const seconds = ((recent.at(-1) ?? 0) - from) / 1_000;
    expect(recent.length / seconds).toBeLessThanOrEqual(50 + 2 * (12 / seconds));
  }, 60_000);

  test('a Retry-After that one of them was given is heeded by both', async () => {
    await setPolicy({ callsPerSecond: 1_000 });
    await hub.control(KEY, 'POST', '/faults', { on: 'book', fault: '429-retry-after', times: 1 });
    const [first] = await bookLater(1);
    const path = `/v1/connections/${hub.connection(KEY).id}/health`;
    const { limiter } = await hub.until<{ limiter: { throttledUntil: string | null } }>(
      path,
      (health) => health.limiter.throttledUntil !== null,
    );
    const others = await bookLater(20);
    await settled([first ?? '', ...others], 20_000);
    const { requests } = await hub.control<{ requests: { at: string }[] }>(KEY, 'GET', '/effects');
    const pauseEndsAt = Date.parse(limiter.throttledUntil ?? '');
    // The one that was throttled came before.
    const within = requests.filter(
      ({ at }) => Date.parse(at) < pauseEndsAt - 50 && Date.parse(at) > pauseEndsAt - 1_500,
    );
    expect(within).toEqual([]);
  }, 60_000);
});

describe('metrics', () => {
  interface Row {
    readonly name: string;
    readonly type: string;
    readonly labels: readonly string[];
    readonly meaning: string;
  }

  const documented = async (): Promise<Row[]> =>
    (await readFile('docs/metrics.md', 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, name = '', type = '', , labels = '', meaning = '']) => ({
        name: name.replaceAll('`', ''),
        type,
        labels: labels.split(', ').filter((each) => each !== '–'),
        meaning,
      }));

  /** Of every name its type, its help, and the labels that occur. */
  function exposed(text: string): Row[] {
    const rows = new Map<string, { name: string; type: string; labels: Set<string>; meaning: string }>();
    for (const line of text.split('\n')) {
      const [, word = '', name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
      const row = rows.get(name) ?? { name, type: '', labels: new Set<string>(), meaning: '' };
      if (word === 'HELP') row.meaning = rest;
      if (word === 'TYPE') row.type = rest;
      if (word !== '') rows.set(name, row);
      const [, sample = '', labels = ''] = /^([a-z_]+)\{(.*)\} \S+$/.exec(line) ?? [];
      const of = rows.get(sample) ?? rows.get(sample.replace(/_(bucket|sum|count)$/, ''));
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) if (label !== 'le') of?.labels.add(label);
    }
    return [...rows.values()].map((row) => ({ ...row, labels: [...row.labels] }));
  }

  test('docs/metrics.md says what there is: names, types, labels and meanings', async () => {
    const texts = await Promise.all([hub.sandbox.api, workers[0].url, workers[1].url].map((url) => metricsOf(url)));
    const rows = await documented();
    for (const text of texts) {
      const live = exposed(text);
      expect(live.map(({ name, type, meaning }) => ({ name, type, meaning })).toSorted(byName)).toEqual(
        rows.map(({ name, type, meaning }) => ({ name, type, meaning })).toSorted(byName),
      );
    }
    // A label that has no sample in one process has one in another.
    const labels = (name: string): Set<string> =>
      new Set(texts.flatMap((text) => exposed(text).find((row) => row.name === name)?.labels ?? []));
    for (const row of rows)
      expect([row.name, [...labels(row.name)].toSorted()]).toEqual([row.name, row.labels.toSorted()]);
  });

  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

  test('tell of each process what it did, of the database the same from all, and of no patient', async () => {
    const [api, worker] = await Promise.all([metricsOf(hub.sandbox.api), metricsOf(workers[0].url)]);
    expect(api).toMatch(/tessera_api_requests_total\{method="POST",route="\/v1\/appointments",status="20[12]"\} \d+/);
    expect(worker).toMatch(
      new RegExp(`tessera_his_calls_total\\{[^}]*connection="${KEY}"[^}]*operation="book",class="success"\\} \\d+`),
    );
    expect(worker).toMatch(
      new RegExp(
        `tessera_settlement_seconds_count\\{[^}]*connection="${KEY}"[^}]*kind="book",state="succeeded"\\} \\d+`,
      ),
    );
    for (const text of [api, worker]) {
      expect(text).toContain('tessera_worker_processes 2');
      expect(text).not.toMatch(/Zerynthia|Quillfeather/);
      expect(text).not.toContain(patientId);
    }
  });

  test('are for this machine, and elsewhere for a token of staff', async () => {
    const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await fetch(`${hub.sandbox.api}/metrics`, { headers })).status;
    expect(await status({})).toBe(200);
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    expect(await status(proxied)).toBe(401);
    const { app, support } = hub.sandbox.tokens;
    expect(await status({ ...proxied, authorization: `Bearer ${app}` })).toBe(403);
    expect(await status({ ...proxied, authorization: `Bearer ${support}` })).toBe(200);
  });

  test('a process without an API serves its health and metrics at the address that it prints, and nothing else', async () => {
    const { url } = workers[0];
    const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
    expect(await Promise.all(['/livez', '/readyz', '/metrics'].map(status))).toEqual([200, 200, 200]);
    expect(await Promise.all(['/v1/slots', '/docs', '/oauth/token', '/'].map(status))).toEqual([404, 404, 404, 404]);
  });
});

describe('SIGTERM with a backlog', () => {
  test('ends soon after the longest call, loses nothing, and leaves nothing to look up', async () => {
    await workers[1].end();
    await setPolicy({ concurrency: 4, callsPerSecond: 1_000 });
    await hub.control(KEY, 'POST', '/faults', { on: 'book', fault: 'slow', times: 100_000, afterMs: 1_500 });
    const ids = await bookLater(200);
    // Two of them while the worker that has just ended still counts for its share, four afterwards.
    await until('calls are under way', async () => ((await statesOf(ids))['sending'] ?? 0) >= 2, 20_000);
    const before = await statesOf(ids);
    const startedAt = performance.now();
    expect(await workers[0].end()).toBe(0);
    // The longest call takes 1.5 s; an unhurried machine is assumed. All of them, four at once, would take two minutes.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    const left = await statesOf(ids);
    // Those under way, and those that began while the signal was on its way.
    expect((left['succeeded'] ?? 0) - (before['succeeded'] ?? 0)).toBeLessThanOrEqual(12);
    expect(left['queued']).toBeGreaterThan(100);
    expect((left['queued'] ?? 0) + (left['succeeded'] ?? 0)).toBe(200);
    await hub.control(KEY, 'DELETE', '/faults');
    await setPolicy({ concurrency: 32 });
    await Promise.all(workers.map((each) => each.start()));
    await settled(ids, 100_000);
    const { appointments } = await hub.control<{ appointments: { transactionId: string }[] }>(KEY, 'GET', '/effects');
    const made = appointments.map((each) => each.transactionId);
    expect(new Set(made).size).toBe(made.length);
  }, 180_000);

  test('of an API answers those who wait for a HIS with what is known: 202', async () => {
    await Promise.all(workers.map((each) => each.end()));
    const [slot] = slots.splice(0, 1);
    const second = new HubProcess('api', {
      databaseUrl: hub.database.url,
      dataDir: hub.dataDir,
      environment: {},
    });
    await second.start();
    extra.push(second);
    const waiting = fetch(`${second.url}/v1/appointments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hub.sandbox.tokens.app}`,
        'content-type': 'application/json',
        'idempotency-key': 'stopped-while-waiting',
        prefer: 'wait=60',
      },
      body: JSON.stringify({ slotId: slot?.id, patientId }),
    });
    await until(
      'it is in the ledger',
      async () => {
        const found = await hub.database.db.query('select 1 from transaction where slot_id = $1', [slot?.id]);
        return found.rowCount === 1;
      },
      10_000,
    );
    const startedAt = performance.now();
    expect(await second.end()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect((await waiting).status).toBe(202);
  }, 60_000);
});
