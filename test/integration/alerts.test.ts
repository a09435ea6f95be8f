/** Alerts: opened once, resolved when it is over, told by event and by mail. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import type { Log } from '../../src/domain/index.ts';
import { alertMail } from '../../src/events/alert-mail.ts';
import { ALERT_KINDS } from '../../src/events/alert-kinds.ts';
import { recordReveal } from '../../src/commands/reveal.ts';
import { lookForAlerts, type Look } from '../../src/events/alerts.ts';
import { follow, openCursor } from '../../src/events/follower.ts';
import { placeEvents } from '../../src/events/order.ts';
import { loadContracts } from '../../src/contracts.ts';
import { listAlerts } from '../../src/queries/alerts.ts';
import { keepExpiries } from '../../src/ledger/connection-expiry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const contracts = loadContracts('contracts');

let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

/** Looks; what other tests have left is not counted. */
async function look(graceMs = 0): Promise<Look> {
  const { opened, resolved } = await lookForAlerts(database.db, { tellByThemselves: ['tells'], graceMs });
  const own = (each: { readonly organization_id: string }): boolean =>
    each.organization_id === bench.clinic.organizationId;
  return { opened: opened.filter(own), resolved: resolved.filter(own) };
}
const kinds = ({ opened, resolved }: Look): unknown => [
  opened.map((each) => each.kind),
  resolved.map((each) => each.kind),
];
const set = (table: string, id: string, change: string): Promise<unknown> =>
  database.db.query(`update ${table} set ${change} where id = $1`, [id]);

async function webhook(): Promise<string> {
  const id = randomUUID();
  await database.db.query(
    `insert into webhook (id, organization_id, client_id, url, secret) values ($1, $2, 'c', 'https://h.example', '\\x00')`,
    [id, bench.clinic.organizationId],
  );
  return id;
}

/** Brings about, and ends, what each kind tells of; returns the subject. */
const CAUSES: Readonly<Record<string, { start(): Promise<string>; end(subject: string): Promise<unknown> }>> = {
  'breaker-open': {
    start: async () => {
      await set('connection', bench.clinic.connectionId, `state = 'parked', state_reason = 'breaker-open'`);
      return bench.clinic.connectionId;
    },
    end: (id) => set('connection', id, `state = 'active', state_reason = null`),
  },
  'outcome-unknown': {
    start: async () => {
      const { transactionId } = await bench.book();
      await set('transaction', transactionId, `state = 'unknown', unknown_since = now() - interval '11 minutes'`);
      return bench.clinic.connectionId;
    },
    end: () =>
      database.db.query(`update transaction set state = 'succeeded', settled_at = now() where connection_id = $1`, [
        bench.clinic.connectionId,
      ]),
  },
  'needs-review': {
    start: async () => {
      const { transactionId } = await bench.book();
      await set('transaction', transactionId, `state = 'needs_review', settled_at = now()`);
      return bench.clinic.connectionId;
    },
    end: () =>
      database.db.query('update transaction set released_at = now() where connection_id = $1', [
        bench.clinic.connectionId,
      ]),
  },
  'appointments-blocked': {
    start: async () => {
      const { appointmentId, transactionId } = await bench.book();
      const { organizationId, connectionId } = bench.clinic;
      await database.db.query('insert into blocked_appointment values ($1, $2, $3, $4)', [
        appointmentId,
        organizationId,
        connectionId,
        transactionId,
      ]);
      return connectionId;
    },
    end: (id) => database.db.query('delete from blocked_appointment where connection_id = $1', [id]),
  },
  'feed-silent': {
    start: async () => {
      await set('connection', bench.clinic.connectionId, `adapter = 'tells', created_at = now() - interval '2 days'`);
      return bench.clinic.connectionId;
    },
    end: (id) => set('connection', id, 'created_at = now()'),
  },
  'certificate-expires': {
    start: async () => {
      const { connectionId } = bench.clinic;
      const in29Days = new Date(Date.now() + 29 * 24 * 3600_000).toISOString();
      await keepExpiries(database.db, connectionId, [
        { kind: 'server-certificate', subject: 'his:443', endsAt: in29Days },
      ]);
      return connectionId;
    },
    end: (id) => {
      const [now, in31Days] = [0, 31].map((days) => new Date(Date.now() + days * 24 * 3600_000).toISOString());
      // A token that ends is nobody's concern.
      return keepExpiries(database.db, id, [
        { kind: 'server-certificate', subject: 'his:443', endsAt: in31Days ?? '' },
        { kind: 'token', subject: '', endsAt: now ?? '' },
      ]);
    },
  },
  'messages-held': {
    start: async () => {
      const { organizationId, connectionId } = bench.clinic;
      const id = randomUUID();
      await database.db.query(
        `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, key_reused)
         values ($1, $2, $3, 'Q1', '\\x00', '\\x00', false)`,
        [id, organizationId, connectionId],
      );
      await database.db.query(
        `insert into held_message (received_message_id, organization_id, connection_id, code, detail)
         values ($1, $2, $3, 'unmapped-code', 'expected a row')`,
        [id, organizationId, connectionId],
      );
      return connectionId;
    },
    end: (id) =>
      database.db.query(`update held_message set state = 'dismissed', settled_at = now() where connection_id = $1`, [
        id,
      ]),
  },
  'payload-revealed': {
    start: async () => {
      const { transactionId } = await bench.book();
      await recordReveal(
        { db: database.db, seal: bench.ledger.seal },
        bench.support,
        transactionId,
        'Asked by the clinic',
      );
      return bench.clinic.connectionId;
    },
    // A reveal is on record for ever: it is over when its time is.
    end: async (id) => {
      await database.db.query('alter table reveal disable trigger reveal_append_only');
      await database.db.query('update reveal set hidden_at = now() where connection_id = $1', [id]);
      await database.db.query('alter table reveal enable trigger reveal_append_only');
    },
  },
  'webhook-failing': {
    start: async () => {
      const id = await webhook();
      await set('webhook', id, 'failures = 5, failing_since = now()');
      return id;
    },
    end: (id) => set('webhook', id, 'failures = 0, failing_since = null'),
  },
  'events-stuck': {
    start: async () => {
      const name = `stuck-${randomUUID()}`;
      await openCursor(database.db, name);
      await database.db.query(
        `update event_cursor set failing_since = now() - interval '2 minutes' where follower = $1`,
        [name],
      );
      return name;
    },
    end: (name) => database.db.query('update event_cursor set failing_since = null where follower = $1', [name]),
  },
};

test('every kind of the contract is looked for, and no other', () => {
  const schema = contracts.openapi.components.schemas['alert-kind'];
  expect(schema).toMatchObject({ enum: ALERT_KINDS.map((each) => each.kind) });
  expect(Object.keys(CAUSES)).toEqual(ALERT_KINDS.map((each) => each.kind));
});

test.each(Object.entries(CAUSES))(
  '%s opens once, however often it is met, and is resolved once',
  async (kind, cause) => {
    expect(kinds(await look())).toEqual([[], []]);
    const subject = await cause.start();
    const first = await look();
    expect(kinds(first)).toEqual([[kind], []]);
    for (let again = 0; again < 3; again += 1) expect(kinds(await look())).toEqual([[], []]);
    const { items } = await listAlerts(database.db, bench.support, { state: 'open' }, { limit: 50 });
    expect(items).toEqual([expect.objectContaining({ kind, subjectId: subject, resolvedAt: null })]);
    const fits = contracts.validator('alert');
    expect([fits(items[0]), fits.errors]).toEqual([true, null]);
    await cause.end(subject);
    expect(kinds(await look())).toEqual([[], [kind]]);
    expect(kinds(await look())).toEqual([[], []]);
    const stranger = bench.clinic.caller('support', { organizationId: randomUUID() });
    expect((await listAlerts(database.db, stranger, { state: 'all' }, { limit: 50 })).items).toEqual([]);
    const told = await database.db.query<{ type: string }>(
      `select type from event where data ->> 'alertId' = $1 order by sequence`,
      [String(first.opened[0]?.id)],
    );
    expect(told.rows.map((each) => each.type)).toEqual(['alert.opened', 'alert.resolved']);
  },
);

test('what comes back within the grace was never over, and of five processes that look at once one tells', async () => {
  const { connectionId } = bench.clinic;
  await set('connection', connectionId, `state = 'parked'`);
  const looks = await Promise.all(Array.from({ length: 5 }, () => look(60_000)));
  expect(looks.flatMap((each) => each.opened)).toHaveLength(1);
  await set('connection', connectionId, `state = 'active'`);
  expect(kinds(await look(60_000))).toEqual([[], []]);
  await set('connection', connectionId, `state = 'parked'`);
  expect(kinds(await look(60_000))).toEqual([[], []]);
  // Had the absence been remembered, it would be long enough ago by now.
  expect(kinds(await look(0))).toEqual([[], []]);
});

describe('mail', () => {
  test('one letter for what was opened and resolved meanwhile; a server that is away delays it and loses nothing', async () => {
    const letters: { readonly to: string[]; readonly text: string }[] = [];
    let refuse = true;
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, done) {
        let body = '';
        stream.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        stream.once('end', () => {
          if (!refuse) letters.push({ to: session.envelope.rcptTo.map((each) => each.address), text: body });
          done(refuse ? new Error('busy') : null);
        });
      },
    });
    server.on('error', () => {});
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    const follower = alertMail({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      from: 'hub@clinic.example',
      to: ['a@clinic.example', 'b@clinic.example'],
    });
    await openCursor(database.db, follower.name);
    const token = randomUUID();
    const go = async (): Promise<number> => {
      while ((await placeEvents(database.db)) > 0);
      await database.db.query(`update event_cursor set retry_at = null where follower = 'alert-mail'`);
      return follow(database.db, follower, token, quiet);
    };
    await set('connection', bench.clinic.connectionId, `state = 'parked'`);
    await look();
    expect(await go()).toBe(0);
    expect(letters).toEqual([]);
    await bench.book();
    await set('connection', bench.clinic.connectionId, `state = 'active'`);
    await look();
    refuse = false;
    expect(await go()).toBeGreaterThan(0);
    expect(await go()).toBe(0);
    expect(letters).toHaveLength(1);
    const [letter] = letters;
    expect(letter?.to).toEqual(['a@clinic.example', 'b@clinic.example']);
    const readable = letter?.text.replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(readable).toMatch(/^Subject: Tessera: \d+ alerts opened, \d+ resolved/m);
    expect(readable).toContain(`/v1/transactions?connection=${bench.clinic.connectionId}&state=parked`);
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await closed.promise;
  });
});
