/** What a check of a connection tries, and what it says of it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectionChecks } from '../../src/connections/check.ts';
import { ConnectionsDesk } from '../support/connections-desk.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/scripted-his.ts';

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

  const checker = (deadlineMs?: number) =>
    connectionChecks({
      sql: database.db,
      seal: desk.seal,
      adapters: desk.adapters,
      connections: desk.connections,
      log: silent,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  const checkOf = (id: string, deadlineMs?: number) => checker(deadlineMs)(id);
  const verdicts = ({ steps }: Awaited<ReturnType<typeof checkOf>>): string =>
    steps.map(({ step, ok, skipped }) => `${step} ${ok ? '' : 'not '}${skipped ? 'tried' : 'ok'}`).join(', ');

  test('does what the adapter does, with what each step took, also on a paused connection', async () => {
    desk.checks = async function* (call) {
      await call.fetch(`${config.baseUrl}/token`, { method: 'POST' });
      yield { step: 'auth', ok: true, detail: 'a token' };
      yield { step: 'read', ok: true, detail: 'slots' };
      yield { step: 'map', ok: true, detail: 'understood' };
      yield { step: 'write', ok: true, detail: 'could be' };
    };
    const id = await desk.create({ config, state: 'paused' });
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
    desk.checks = async function* () {
      yield { step: 'auth', ok: false, detail: 'the client is not known' };
    };
    const report = await checkOf(await desk.create({ config }));
    expect(report).toMatchObject({ ok: false, summary: 'Stopped at auth: the client is not known.' });
    expect(report.steps[3]).toMatchObject({ ok: false, skipped: false, remedy: expect.stringContaining('secrets') });
    expect(verdicts(report)).toMatch(/auth not ok, read not tried, map not tried, write not tried$/);
  });

  test('never asks the adapter of a HIS that cannot be reached', async () => {
    desk.checks = () => {
      throw new Error('asked');
    };
    const id = await desk.create({ config });
    his.close();
    await once(his, 'close');
    expect(await checkOf(id)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^Stopped at tcp: .* refuses connections\.$/),
    });
  });

  test('sends no write, whatever the adapter tries', async () => {
    desk.checks = async function* (call) {
      yield { step: 'auth', ok: true, detail: 'yes' };
      await call.fetch(`${config.baseUrl}/book`, { method: 'POST', write: true, body: '{}' });
      yield { step: 'write', ok: true, detail: 'booked' };
    };
    const report = await checkOf(await desk.create({ config }));
    expect(report).toMatchObject({ ok: false, summary: expect.stringMatching(/^Stopped at read: .*refused/) });
    expect(seen).toEqual([]);
  });

  test('repeats nothing of what an adapter’s own mistake says', async () => {
    desk.checks = async function* () {
      yield { step: 'auth', ok: true, detail: 'yes' };
      throw new Error('swordfish of Nora Lindqvist');
    };
    const report = await checkOf(await desk.create({ config }));
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report)).not.toMatch(/swordfish|Nora/);
  });

  test('ends in time, though the HIS never answers', async () => {
    desk.checks = async function* (call) {
      await call.fetch(`${config.baseUrl}/slow`);
      yield { step: 'auth', ok: true, detail: 'never' };
    };
    const report = await checkOf(await desk.create({ config }), 300);
    expect(report).toMatchObject({ ok: false, summary: expect.stringMatching(/^Stopped at auth: /) });
    expect(report.durationMs).toBeLessThan(2_000);
  });

  test('asked for many times at once is made once', async () => {
    desk.checks = async function* (call) {
      await call.fetch(config.baseUrl);
      yield { step: 'auth', ok: true, detail: 'yes' };
    };
    const id = await desk.create({ config });
    const check = checker();
    await Promise.all(Array.from({ length: 20 }, () => check(id)));
    expect(seen).toEqual(['GET /']);
    await check(id);
    expect(seen).toHaveLength(2);
  });

  test('of an adapter that cannot check itself goes as far as the hub can', async () => {
    const report = await checkOf(await desk.create({ adapter: 'silent', config }));
    expect(verdicts(report)).toBe('dns tried, tcp ok, tls tried, auth tried, read tried, map tried, write tried');
    expect(report).toMatchObject({ ok: true, summary: 'Everything that could be tried works: tcp.' });
  });

  test('of the hub’s own book reads the book', async () => {
    const report = await checkOf(await desk.create({ adapter: 'own', config: {}, secrets: {} }));
    expect(verdicts(report)).toBe('dns tried, tcp tried, tls tried, auth tried, read ok, map tried, write tried');
  });

  test('says when the settings cannot be opened', async () => {
    const id = await desk.create({ config });
    await database.db.query('update connection set secrets = $2 where id = $1', [id, randomBytes(60)]);
    expect(await checkOf(id)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^Stopped at auth: .*root key/),
    });
    await database.db.query(`update connection set adapter = 'gone' where id = $1`, [id]);
    expect(await checkOf(id)).toMatchObject({ ok: false, summary: expect.stringContaining('not installed') });
  });
});
