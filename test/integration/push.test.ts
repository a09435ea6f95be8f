/** What hospitals post by themselves, from the request to the database: who may, what is kept, what is looked at, and what is answered. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openPushDesk, type PushDesk } from '../support/push-desk.ts';
import { openCorpus } from '../support/samples.ts';
import { codeOf, echoHandlers, startStubApi, type StubApi } from '../unit/api/stub-api.ts';

const SECRET = 'the-secret-of-this-hospital-0001';
const SLOT = 'https://his.example.org/fhir/Slot/';
let desk: PushDesk;
let api: StubApi;
let fhir: string;
let xml: string;

beforeAll(async () => {
  desk = await openPushDesk();
  api = await startStubApi({ handlers: { ...echoHandlers, ...desk.handlers } });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await desk.stop();
});
beforeEach(async () => {
  [fhir, xml] = [await desk.addHospital('cerner', SECRET), await desk.addHospital('xml-his', SECRET)];
});

const post = (connectionId: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  api.send('POST', `/inbound/${connectionId}/notifications`, {
    ...(body !== '' && { body }),
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/fhir+json', ...headers },
  });
const kept = async (connectionId: string) =>
  (
    await desk.database.db.query<{ message_id: string; code: string | null }>(
      `select m.message_id, u.code from received_message m left join held_message u on u.received_message_id = m.id
       where m.connection_id = $1 order by m.received_at`,
      [connectionId],
    )
  ).rows;

interface Said {
  readonly type?: string;
  readonly latest?: number;
  readonly events?: readonly number[];
  readonly slot?: string;
  readonly resource?: object;
  readonly status?: string;
}

/** A notification as the Backport IG writes it. */
function said({ type = 'event-notification', events = [], latest, slot, resource, status = 'active' }: Said): string {
  const event = (number: number) => ({
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      ...(slot === undefined ? [] : [{ name: 'focus', valueReference: { reference: SLOT + slot } }]),
    ],
  });
  const parameter = [
    { name: 'subscription', valueReference: { reference: 'https://his.example.org/fhir/Subscription/slots' } },
    { name: 'status', valueCode: status },
    { name: 'type', valueCode: type },
    { name: 'events-since-subscription-start', valueString: String(latest ?? Math.max(0, ...events)) },
    ...events.map(event),
  ];
  const entry = [
    { resource: { resourceType: 'Parameters', parameter } },
    ...(slot === undefined ? [] : [{ fullUrl: SLOT + slot, resource }]),
  ];
  return JSON.stringify({ resourceType: 'Bundle', type: 'history', entry });
}

describe('who may push', () => {
  test.each([
    ['nobody', {}],
    ['another secret', { authorization: 'Bearer the-secret-of-this-hospital-0002' }],
    ['a part of it', { authorization: `Bearer ${SECRET.slice(0, -1)}` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a token of the API', { authorization: 'Bearer admin' }],
    ['another scheme', { authorization: `Digest ${SECRET}` }],
    ['Basic with another password', { authorization: `Basic ${Buffer.from(`${SECRET}:x`).toString('base64')}` }],
  ])('%s is refused, and nothing is kept', async (_, headers) => {
    const answer = await post(fhir, said({ events: [1], slot: 'S' }), { authorization: '', ...headers });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated']);
    expect(await kept(fhir)).toEqual([]);
  });

  test('the secret opens as bearer token and as password, at its own connection only', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`hospital:${SECRET}`).toString('base64')}` };
    expect((await post(fhir, said({ type: 'handshake' }))).status).toBe(200);
    expect((await post(fhir, said({ type: 'heartbeat' }), basic)).status).toBe(200);
    const other = await desk.addHospital('cerner', 'the-secret-of-another-hospital-1');
    const without = await desk.addHospital('cerner');
    const short = await desk.addHospital('cerner', 'short');
    const feed = await desk.addHospital('hl7v2', SECRET);
    for (const id of [other, without, feed, randomUUID(), 'no-id'])
      expect([id, (await post(id, said({ type: 'heartbeat' }))).status]).toEqual([id, 401]);
    expect((await post(short, '', { authorization: 'Bearer short' })).status).toBe(401);
    expect(desk.logged.join('\n')).not.toContain(SECRET);
  });

  test('a stranger is refused before his body is read', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(api.port, '127.0.0.1');
      socket.on('error', reject);
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      // The body is announced, and never comes.
      socket.write(`POST /inbound/${fhir}/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n{`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('what is too large, or compressed, is refused', async () => {
    expect((await post(fhir, 'x'.repeat(5_000_001))).status).toBe(413);
    expect((await post(fhir, 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(await kept(fhir)).toEqual([]);
  });
});

describe('a FHIR notification', () => {
  test.each([
    ['id-only', undefined],
    ['full-resource', { resourceType: 'Slot', id: 'S-1', status: 'busy' }],
  ])('that is %s has its slot looked at, and nothing else', async (_, resource) => {
    const start = await desk.addSlot(fhir, 'S-1', 'free');
    expect((await post(fhir, said({ events: [1], slot: 'S-1', resource: resource ?? {} }))).status).toBe(200);
    expect(await desk.asked(fhir)).toEqual({ starts: [start], all: false });
  });

  test('that says what the hub knows already asks for nothing', async () => {
    await desk.addSlot(fhir, 'S-1', 'busy');
    const resource = { resourceType: 'Slot', id: 'S-1', status: 'busy' };
    expect((await post(fhir, said({ events: [1], slot: 'S-1', resource }))).status).toBe(200);
    expect(await desk.asked(fhir)).toEqual({ starts: [], all: false });
  });

  test('of a slot that was moved has both times looked at', async () => {
    const before = await desk.addSlot(fhir, 'S-1', 'free');
    const after = new Date(Date.parse(before) + 3_600_000).toISOString();
    const resource = { resourceType: 'Slot', id: 'S-1', status: 'free', start: after };
    await post(fhir, said({ events: [1], slot: 'S-1', resource }));
    expect(await desk.asked(fhir)).toEqual({ starts: [before, after], all: false });
  });

  test('of a slot that nobody knows has the time that it says looked at, or everything', async () => {
    const start = new Date(Date.now() + 86_400_000).toISOString();
    await post(fhir, said({ events: [1], slot: 'S-9', resource: { resourceType: 'Slot', id: 'S-9', start } }));
    expect(await desk.asked(fhir)).toEqual({ starts: [start], all: false });
    await post(fhir, said({ events: [2], slot: 'S-9', resource: {} }));
    expect(await desk.asked(fhir)).toEqual({ starts: [start], all: true });
  });

  test.each([
    ['an empty notification', said({ events: [1] })],
    ['a request without a body', ''],
    ['an empty object', '{}'],
  ])('%s has everything read', async (_, body) => {
    expect((await post(fhir, body)).status).toBe(200);
    expect(await desk.asked(fhir)).toEqual({ starts: [], all: true });
  });

  test('a handshake and a heartbeat are answered, and nothing is asked; one of a subscription that ended has everything read', async () => {
    expect((await post(fhir, said({ type: 'handshake', status: 'requested' }))).status).toBe(200);
    expect((await post(fhir, said({ type: 'heartbeat' }))).status).toBe(200);
    expect(await desk.asked(fhir)).toEqual({ starts: [], all: false });
    expect((await post(fhir, said({ type: 'heartbeat', status: 'error' }))).status).toBe(200);
    expect((await desk.asked(fhir)).all).toBe(true);
  });

  test('that comes again has no effect; the same number with another content has', async () => {
    const start = await desk.addSlot(fhir, 'S-1', 'free');
    const body = said({ events: [1], slot: 'S-1', resource: {} });
    const many = await Promise.all(Array.from({ length: 20 }, () => post(fhir, body)));
    expect(new Set(many.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await kept(fhir)).toHaveLength(1);
    await desk.looked(fhir);
    await post(fhir, body);
    expect((await desk.asked(fhir)).starts).toEqual([]);
    await post(fhir, `${body} `);
    expect((await desk.asked(fhir)).starts).toEqual([start]);
    expect(await kept(fhir)).toHaveLength(2);
  });

  test('a number that was left out, here or before a heartbeat, has everything read; what comes late does not count back', async () => {
    await desk.addSlot(fhir, 'S-1', 'free');
    const push = async (what: Said) => {
      await desk.looked(fhir);
      expect((await post(fhir, said({ slot: 'S-1', resource: {}, ...what }))).status).toBe(200);
      return (await desk.asked(fhir)).all;
    };
    expect(await push({ events: [1] })).toBe(false);
    expect(await push({ events: [2, 3] })).toBe(false);
    expect(await push({ events: [5] })).toBe(true);
    expect(await push({ events: [6] })).toBe(false);
    await desk.looked(fhir);
    await post(fhir, said({ type: 'heartbeat', latest: 8 }));
    expect((await desk.asked(fhir)).all).toBe(true);
    expect(await push({ events: [4] })).toBe(true);
    expect(await push({ events: [9] })).toBe(false);
    // The server counts anew.
    expect(await push({ type: 'handshake', latest: 0 })).toBe(true);
    expect(await push({ events: [1], resource: { again: true } })).toBe(false);
  });

  test.each([
    ['no JSON', 'not-json', 'MSH|^~\\&|'],
    ['half a document', 'not-json', '{"resourceType":"Bundle"'],
    ['deep nesting', 'not-json', '['.repeat(2_000_000)],
    ['a list', 'no-resource', '[]'],
    ['a search result', 'no-notification', '{"resourceType":"Bundle","type":"searchset"}'],
    ['a history without status', 'no-status', '{"resourceType":"Bundle","type":"history","entry":[]}'],
    [
      'an event without its number',
      'no-event-number',
      said({ events: [1] }).replaceAll('"valueString":"1"', '"valueString":"one"'),
    ],
  ])('%s is kept for a person, refused, and everything is read', async (_, code, body) => {
    const answer = await post(fhir, body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    await post(fhir, body);
    expect(await kept(fhir)).toMatchObject([{ code }]);
    expect((await desk.asked(fhir)).all).toBe(true);
  });

  test('U+0000 in a key is kept as unread, not refused for ever', async () => {
    const answer = await post(fhir, said({ events: [1], slot: 'S' }).replaceAll('Subscription/slots', 'S\\u0000'));
    expect(answer.status).toBe(400);
    expect(await kept(fhir)).toMatchObject([{ code: 'not-storable' }]);
  });
});

describe('an XML message', () => {
  const soap = (body: string, namespace = 'http://schemas.xmlsoap.org/soap/envelope/'): string =>
    `<x:Envelope xmlns:x="${namespace}"><x:Body>${body}</x:Body></x:Envelope>`;
  const status = (ticket: string, number = '7'): string =>
    `<SendNotificationAboutAppointmentStatus xmlns="http://tempuri.org/"><idNotification>${number}</idNotification>
     <idAppointment>${ticket}</idAppointment><eventDatetime>2027-03-08T10:00:00</eventDatetime><idHistory>12</idHistory>
     </SendNotificationAboutAppointmentStatus>`;
  const type = { 'content-type': 'text/xml; charset=utf-8' };

  test('is answered in its own words and version, its ticket looked at; sent again it has no effect', async () => {
    const start = await desk.addSlot(xml, '00000000000000000017', 'busy');
    const answer = await post(xml, soap(status('00000000000000000017')), type);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/xml; charset=utf-8']);
    expect(answer.text).toMatch(
      /Envelope.*"http:\/\/schemas\.xmlsoap\.org[^]*StatusResult>[^]*IdHistory>12<[^]*Success>true</,
    );
    expect(await desk.asked(xml)).toEqual({ starts: [start], all: false });
    await desk.looked(xml);
    expect((await post(xml, soap(status('00000000000000000017')), type)).status).toBe(200);
    expect(await desk.asked(xml)).toEqual({ starts: [], all: false });
    const newer = soap(status('00000000000000000017', '8'), 'http://www.w3.org/2003/05/soap-envelope');
    const in12 = await post(xml, newer, { 'content-type': 'application/soap+xml' });
    expect([in12.status, in12.headers.get('content-type')]).toEqual([200, 'application/soap+xml; charset=utf-8']);
    expect(in12.text).toContain('"http://www.w3.org/2003/05/soap-envelope"');
  });

  test.each([
    ['another document', 'unexpected-document', soap('<Other xmlns="http://tempuri.org/"/>')],
    ['no XML', 'unreadable-document', '{"resourceType":"Bundle"}'],
    ['a document type', 'document-doctype', `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${soap('&x;')}`],
    ['nothing', 'unreadable-document', ''],
  ])('that is %s is kept for a person, refused, and everything is read', async (_, code, body) => {
    const answer = await post(xml, body, type);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(answer.text).not.toContain('root:');
    expect(await kept(xml)).toMatchObject([{ code }]);
    expect((await desk.asked(xml)).all).toBe(true);
  });
});

test('what cannot be stored is answered 503, to be sent again', async () => {
  await desk.database.db.query('alter table look_again rename to look_again_away');
  try {
    await desk.addSlot(fhir, 'S-1', 'free');
    const answer = await post(fhir, said({ events: [1], slot: 'S-1', resource: {} }));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await kept(fhir)).toEqual([]);
  } finally {
    await desk.database.db.query('alter table look_again_away rename to look_again');
  }
  expect((await post(fhir, said({ events: [1], slot: 'S-1', resource: {} }))).status).toBe(200);
});

const corpus = openCorpus('push');
if (corpus !== undefined) {
  test('the samples are answered 200, and come to what their manifest says', async () => {
    const start = await desk.addSlot(fhir, '1', 'free');
    await post(fhir, said({ type: 'heartbeat', latest: 6 }));
    await desk.looked(fhir);
    const results = [];
    for (const name of ['r4-backport-event', 'r4-backport-heartbeat', 'r4-plain-resthook-empty']) {
      const { status: code } = await post(fhir, corpus.bytes(`push/${name}.json`).toString());
      results.push({ name, code, ...(await desk.asked(fhir)) });
      await desk.looked(fhir);
    }
    expect(results).toEqual([
      { name: 'r4-backport-event', code: 200, starts: [start], all: false },
      { name: 'r4-backport-heartbeat', code: 200, starts: [], all: false },
      { name: 'r4-plain-resthook-empty', code: 200, starts: [], all: true },
    ]);
  });
}
