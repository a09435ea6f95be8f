import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeOf, pointersOf, startStubApi, type Answer, type Content, type StubApi } from './stub-api.ts';

let api: StubApi;
beforeAll(async () => {
  api = await startStubApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const HEADERS = { 'idempotency-key': 'k-1' };
const book = (body: Content, headers: Record<string, string> = {}): Promise<Answer> =>
  api.send('POST', '/v1/appointments', { body, headers: { ...HEADERS, ...headers } });
const PATIENT = { name: { given: ['Ada'], family: 'Bauer' }, birthDate: '1984-05-23' };
const patient = (json: unknown): Promise<Answer> => api.send('POST', '/v1/patients', { json });

test('a body that fits reaches the handler as it was sent', async () => {
  const answer = await book('{"slotId":"s","patientId":"p"}');
  expect(answer.status).toBe(200);
  expect(answer.body['body']).toEqual({ slotId: 's', patientId: 'p' });
});

describe('what is no JSON is malformed-json, with the place and without the text', () => {
  test.each([
    ['{"slotId": "canary-1", }', 'line 1, column 24'],
    ['{"slotId": canary-1}', 'line 1'],
    ['{"slotId": "canary-1"', 'line 1'],
    ['{\n  "slotId": "a" /* canary-1 */\n}', 'line 2'],
    ["{'slotId': 'canary-1'}", 'line 1'],
    ['{"slotId": 01, "x": "canary-1"}', ''],
    ['{"slotId": "canary-1\u0001"}', ''],
    ['nul', 'line 1'],
    [' ', 'line 1'],
    ['{} {"canary-1": 1}', 'line 1'],
    ['NaN', 'line 1'],
  ])('%j', async (body, place) => {
    const answer = await book(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed-json']);
    expect(answer.body.detail).toContain(place);
    expect(answer.text).not.toContain('canary-1');
  });

  test('text that is not UTF-8', async () => {
    const answer = await book(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed-json']);
  });
});

describe('what is JSON and dangerous is refused with its pointer', () => {
  test.each([
    ['{"slotId":"a","slotId":"b","patientId":"p"}', '/slotId'],
    ['{"slotId":"a","\\u0073lotId":"b","patientId":"p"}', '/slotId'],
    ['{"slotId":"a","patientId":"p","__proto__":{"admin":true}}', '/__proto__'],
    ['{"slotId":"a","patientId":"p","\\u005f_proto__":1}', '/__proto__'],
    ['{"slotId":"a","patientId":"p","x":{"constructor":1}}', '/x/constructor'],
    ['{"slotId":"a","patientId":"p","x":[{"prototype":1}]}', '/x/0/prototype'],
    ['{"slotId":"a\\u0000","patientId":"p"}', '/slotId'],
    ['{"slotId":"\\ud800","patientId":"p"}', '/slotId'],
    ['{"slotId":"a","patientId":"p","x":[{"a\\u0000":1}]}', '/x/0'],
    [`{"slotId":"a","patientId":"p","x":{"${'a'.repeat(10_001)}":1}}`, '/x'],
    [`{"slotId":"${'a'.repeat(10_001)}","patientId":"p"}`, '/slotId'],
    ['{"slotId":"a","patientId":"p","a/b~c":{"x":1,"x":2}}', '/a~1b~0c/x'],
  ])('case %#', async (body, pointer) => {
    const answer = await book(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(pointersOf(answer)).toContain(pointer);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  test('each is pointed at where it stands', async () => {
    const answer = await book(
      '{"slotId":"a\\u0000","patientId":"p","x":{"a":"ok","b/c~d":["ok","\\u0000",{"e":"ok"}],"f":"\\u0000"},"y":"\\u0000"}',
    );
    expect(pointersOf(answer)).toEqual(['/slotId', '/x/b~1c~0d/1', '/x/f', '/y']);
  });

  test.each([
    ['texts', `[${'"\\u0000",'.repeat(9_900)}""]`],
    ['members', `{${'"a":1,'.repeat(9_900)}"a":1}`],
  ])('of ten thousand wrong %s below names of a megabyte the first few are told', async (_what, wrong) => {
    const name = 'n'.repeat(9_000);
    const answer = await book(`${`{"${name}":`.repeat(60)}${wrong}${'}'.repeat(60)}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(answer.body.errors?.length).toBeLessThan(10);
    expect(answer.text.length).toBeLessThan(2_000_000);
    const shallow = await book(`{"x":${wrong}}`);
    expect(shallow.body.errors).toHaveLength(100);
  });

  test('65 levels; 64 are read', async () => {
    const nested = (levels: number): string => `${'[1,'.repeat(levels - 1)}[]${']'.repeat(levels - 1)}`;
    const tooDeep = await book(nested(65));
    expect([tooDeep.status, codeOf(tooDeep)]).toEqual([400, 'validation']);
    expect(pointersOf(tooDeep)).toEqual(['/1'.repeat(64)]);
    const read = await book(nested(64));
    expect(pointersOf(read)).toEqual(['']);
    expect(read.body.errors?.[0]?.detail).toBe('expected an object, got an array');
  });

  test('a megabyte of brackets is answered at once', async () => {
    const answer = await book('['.repeat(1_000_000));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
  });

  test('a list of more than 10,000 items is refused as one, not item by item', async () => {
    const answer = await book(
      JSON.stringify({ slotId: 's', patientId: 'p', list: Array.from({ length: 10_001 }, () => '\u0000') }),
    );
    const safe = await book(
      JSON.stringify({ slotId: 's', patientId: 'p', list: Array.from({ length: 10_001 }, () => 's') }),
    );
    expect(safe.body.errors).toEqual(expect.arrayContaining(answer.body.errors?.slice() ?? [null]));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(answer.body.errors).toEqual([{ pointer: '/list', detail: 'expected at most 10000 items' }]);
  });

  test('brackets inside text are no nesting', async () => {
    const answer = await book(JSON.stringify({ slotId: '['.repeat(64), patientId: '\\"{[' }));
    expect(answer.status).toBe(200);
  });
});

describe('size and kind', () => {
  test('a body of 2 MB is payload-too-large, and the connection answers', async () => {
    const answer = await book(`{"slotId":"${'x'.repeat(2_000_000)}"}`);
    expect([answer.status, codeOf(answer)]).toEqual([413, 'payload-too-large']);
  });

  test('a body that grows past 1 MB without saying its length is payload-too-large', async () => {
    const socket = createConnection(api.port, '127.0.0.1');
    const reply = text(socket);
    const head = ['POST /v1/patients HTTP/1.1', 'host: x', 'authorization: Bearer admin', 'connection: close'];
    socket.write([...head, 'content-type: application/json', 'transfer-encoding: chunked', '', ''].join('\r\n'));
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 17; sent++) socket.write(chunk);
    socket.write('0\r\n\r\n');
    expect(await reply).toMatch(/^HTTP\/1.1 413 /);
  });

  test('without a token the body is not even read', async () => {
    const answer = await book('not json', { authorization: '', 'content-type': 'text/csv' });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('%s %j is unsupported-media-type', async (type, headers) => {
    const answer = await book('{"slotId":"s","patientId":"p"}', { 'content-type': type, ...headers });
    expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported-media-type']);
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])('%s is read', async (type) => {
    const answer = await book('{"slotId":"s","patientId":"p"}', { 'content-type': type });
    expect(answer.status).toBe(200);
  });

  test('a missing body is named', async () => {
    const answer = await api.send('POST', '/v1/appointments', { headers: HEADERS });
    expect([answer.status, codeOf(answer), pointersOf(answer)]).toEqual([400, 'validation', ['']]);
  });
});

describe('a body that breaks the contract: every fault is named, no value is repeated', () => {
  test.each([
    [{ ...PATIENT, isAdmin: true }, '/isAdmin', 'is not known here; known are name, birthDate'],
    [{ ...PATIENT, name: { given: ['Ada'] } }, '/name/family', 'is required, and is missing'],
    [{ ...PATIENT, name: { given: [4711], family: 'Bauer' } }, '/name/given/0', 'expected text, got a number'],
    [{ ...PATIENT, name: { given: [], family: 'Bauer' } }, '/name/given', 'expected at least 1 items'],
    [{ ...PATIENT, name: null }, '/name', 'expected an object, got null'],
    [{ ...PATIENT, name: { given: ['A\u0007'], family: 'Bauer' } }, '/name/given/0', 'without control characters'],
    [{ ...PATIENT, birthDate: '1984-02-30' }, '/birthDate', 'expected a date of birth, YYYY-MM-DD'],
    [{ ...PATIENT, birthDate: '0000-01-01' }, '/birthDate', 'expected a date of birth, YYYY-MM-DD'],
    [{ ...PATIENT, email: 'ada(at)example' }, '/email', 'expected an e-mail address'],
    [{ ...PATIENT, email: 7 }, '/email', 'expected text, got a number'],
    [{ ...PATIENT, phone: '0413 555' }, '/phone', 'expected a phone number in E.164'],
    [{ ...PATIENT, identifiers: [{ system: 's' }] }, '/identifiers/0/value', 'is required'],
    [[], '', 'expected an object, got an array'],
    ['Ada', '', 'expected an object, got text'],
  ])('%j', async (json, pointer, detail) => {
    const answer = await patient(json);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
    expect(answer.text).not.toMatch(/4711|ada\(at\)|0413|1984-02-30/);
  });

  test('null empties what may be empty', async () => {
    expect((await patient({ ...PATIENT, email: null, phone: null, address: null })).status).toBe(200);
  });

  test('several faults are told together', async () => {
    const answer = await patient({ name: { given: ['Ada'] }, birthDate: 5, x: 1 });
    expect(pointersOf(answer).toSorted()).toEqual(['/birthDate', '/name/family', '/x']);
  });

  test.each([[{}], [{ slotId: 's', status: 'arrived' }]])('a change is exactly one thing: %j', async (json) => {
    const headers = { ...HEADERS, 'if-match': '"1"' };
    const answer = await api.send('PATCH', '/v1/appointments/a', { json, headers });
    expect(answer.body.errors).toEqual([{ pointer: '', detail: 'expected exactly one of slotId, status' }]);
  });

  test('a time zone that does not exist, and one that is only an offset', async () => {
    for (const timeZone of ['Mars/Olympus', '+01:00', 'America/New_York\n']) {
      const answer = await api.send('POST', '/v1/locations', { json: { name: 'A', timeZone, connectionId: 'c' } });
      expect(pointersOf(answer)).toEqual(['/timeZone']);
    }
  });

  test('a resource can be sent back as it was read', async () => {
    const json = { id: 'p', ...PATIENT, email: null, phone: null, address: null, identifiers: [], version: 3 };
    expect((await api.send('PUT', '/v1/patients/p', { json })).status).toBe(200);
    expect(pointersOf(await patient(json)).toSorted()).toEqual(['/id', '/version']);
  });
});

describe('forms', () => {
  const form = (body: string): Promise<Answer> =>
    api.send('POST', '/oauth/token', { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

  test('the fields of a token request reach the handler, unknown ones too (RFC 6749, section 3.2)', async () => {
    const answer = await form('grant_type=client_credentials&client_id=a%20b&client_secret=%2B+x&later=1');
    expect(answer.body['body']).toEqual({
      grant_type: 'client_credentials',
      client_id: 'a b',
      client_secret: '+ x',
      later: '1',
    });
  });

  test.each(['grant_type=a&grant_type=b', 'grant_type=%ff', '__proto__=1&__proto__=2', 'client_id=%00'])(
    '%s is an invalid_request to OAuth clients, and a problem to all',
    async (body) => {
      const answer = await form(body);
      expect([answer.status, codeOf(answer), answer.body['error']]).toEqual([400, 'validation', 'invalid_request']);
    },
  );
});
