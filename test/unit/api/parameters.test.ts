import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { codeOf, pointersOf, startStubApi, type StubApi } from './stub-api.ts';

let api: StubApi;
beforeAll(async () => {
  api = await startStubApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (path: string): ReturnType<StubApi['send']> => api.send('GET', path);

describe('queries', () => {
  test('numbers arrive as numbers, defaults are filled in, plus and percent are read', async () => {
    const answer = await get('/v1/requests?status=409&client=a+b%2Bc');
    expect(answer.body['query']).toEqual({ status: 409, client: 'a b+c', limit: 50 });
  });

  test.each([
    ['/v1/slots?colour=red', '#/query/colour', 'is not known here; known are specialty'],
    ['/v1/slots?__proto__=1', '#/query/__proto__', 'is not known here'],
    ['/v1/slots?constructor=1', '#/query/constructor', 'is not known here'],
    ['/v1/slots?location=a&location=b', '#/query/location', 'is given more than once'],
    ['/v1/slots?location[]=a', '#/query/location[]', 'is not known here'],
    ['/v1/slots?location=', '#/query/location', 'expected at least 1 characters'],
    [`/v1/slots?location=${'x'.repeat(65)}`, '#/query/location', 'expected at most 64 characters'],
    ['/v1/slots?limit=0', '#/query/limit', 'expected at least 1'],
    ['/v1/slots?limit=201', '#/query/limit', 'expected at most 200'],
    ['/v1/slots?limit=ten', '#/query/limit', 'expected a whole number, got text'],
    ['/v1/slots?limit=1.5', '#/query/limit', 'expected a whole number'],
    ['/v1/slots?limit=1e309', '#/query/limit', 'expected a number from'],
    ['/v1/requests?status=1e309', '#/query/status', 'expected a number from'],
    ['/v1/slots?mode=phone', '#/query/mode', 'expected one of in-person, telemedicine'],
    ['/v1/slots?from=2027-03-01', '#/query/from', 'expected an RFC 3339 time with an offset'],
    ['/v1/slots?from=2027-03-01T09:00:00', '#/query/from', 'expected an RFC 3339 time with an offset'],
    ['/v1/slots?from=2027-03-01T09:00:00+01:00', '#/query/from', 'a plus sign is written %2B'],
    ['/v1/slots?from=2027-02-30T09:00:00Z', '#/query/from', 'expected an RFC 3339 time with an offset'],
    ['/v1/slots?from=0000-01-01T09:00:00Z', '#/query/from', 'expected an RFC 3339 time with an offset'],
    ['/v1/slots?from=2027-03-01T09:00:00-23:00', '#/query/from', 'expected an RFC 3339 time with an offset'],
    ['/v1/slots?specialty=%00', '#/query/specialty', 'expected text without U+0000'],
    ['/v1/slots?specialty=%ff', '#/query/specialty', 'expected percent-encoded UTF-8'],
    ['/v1/slots?%ff=1', '#/query', 'expected names in percent-encoded UTF-8'],
  ])('%s', async (path, pointer, detail) => {
    const answer = await get(path);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(answer.body.errors).toContainEqual({ pointer, detail: expect.stringContaining(detail) });
  });

  test('faults in the query and in the body are told together', async () => {
    const answer = await api.send('POST', '/v1/patients?x=1', { json: {} });
    expect(pointersOf(answer).toSorted()).toEqual(['#/query/x', '/birthDate', '/name']);
  });
});

describe('paths', () => {
  test('an id reaches the handler decoded', async () => {
    expect((await get('/v1/slots')).status).toBe(200);
    expect((await get('/v1/patients/a%20b')).body['params']).toEqual({ id: 'a b' });
  });

  test.each([
    ['/v1/patients/%00', '#/path/id'],
    ['/v1/patients/%ff', '#/path'],
    [`/v1/patients/${'x'.repeat(65)}`, '#/path/id'],
  ])('%s', async (path, pointer) => {
    const answer = await get(path);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'validation']);
    expect(pointersOf(answer)).toContain(pointer);
  });

  test.each(['/', '/v1', '/v1/nothing', '/V1/slots', '/v1/slots/', '/v1/patients/a/b', '//v1/slots', '/Metrics'])(
    '%s is not-found',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not-found']);
    },
  );

  test.each([
    ['DELETE', '/v1/slots', 'GET, HEAD, POST'],
    ['PUT', '/v1/slots/a', 'PATCH'],
    ['OPTIONS', '/v1/patients/a', 'GET, HEAD, PUT'],
    ['GET', '/oauth/token', 'POST'],
  ])('%s %s is method-not-allowed, and Allow says what is', async (method, path, allow) => {
    const answer = await api.send(method, path);
    expect([answer.status, codeOf(answer), answer.headers.get('allow')]).toEqual([405, 'method-not-allowed', allow]);
  });

  test('HEAD answers like GET, without the body', async () => {
    const answer = await api.send('HEAD', '/v1/slots');
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

describe('headers', () => {
  const json = { slotId: 's', patientId: 'p' };
  const book = (headers: Record<string, string>): ReturnType<StubApi['send']> =>
    api.send('POST', '/v1/appointments', { json, headers });
  const change = (headers: Record<string, string>): ReturnType<StubApi['send']> =>
    api.send('PATCH', '/v1/appointments/a', { json: { slotId: 's' }, headers: { 'idempotency-key': 'k', ...headers } });

  test('a booking without Idempotency-Key is idempotency-key-missing', async () => {
    for (const headers of [{}, { 'idempotency-key': '' }]) {
      const answer = await book(headers);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'idempotency-key-missing']);
    }
  });

  test('what is wrong with the body is said before a key is asked for', async () => {
    const answer = await api.send('POST', '/v1/appointments', { body: '{' });
    expect(codeOf(answer)).toBe('malformed-json');
  });

  test.each(['k', 'x'.repeat(255), '"quoted"', '"a \\"b\\""'])('key %# is taken', async (key) => {
    expect((await book({ 'idempotency-key': key })).status).toBe(200);
  });

  test.each(['x'.repeat(256), '"open', 'caf\u00e9', '""'])('key %# is refused', async (key) => {
    const answer = await book({ 'idempotency-key': key });
    expect([codeOf(answer), pointersOf(answer)]).toEqual(['validation', ['#/header/Idempotency-Key']]);
  });

  test('two keys are refused', async () => {
    const sent = request({
      port: api.port,
      method: 'POST',
      path: '/v1/appointments',
      headers: { authorization: 'Bearer app', 'content-type': 'application/json', 'idempotency-key': ['a', 'b'] },
    });
    sent.end(JSON.stringify(json));
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(400);
    expect(await text(response)).toContain('#/header/Idempotency-Key');
  });

  test('a key that is not required is checked where it is sent', async () => {
    const hold = (headers: Record<string, string>): ReturnType<StubApi['send']> =>
      api.send('POST', '/v1/holds', { json: { slotId: 's' }, headers });
    expect((await hold({})).status).toBe(200);
    expect((await hold({ 'idempotency-key': '"open' })).status).toBe(400);
  });

  test('a change without If-Match is precondition-required', async () => {
    const answer = await change({});
    expect([answer.status, codeOf(answer)]).toEqual([428, 'precondition-required']);
  });

  test.each([
    ['"3"', 200],
    ['*', 200],
    ['3', 400],
    ['"3", "4"', 400],
    ['W/"3"', 412],
    ['"abc"', 412],
    ['"0"', 412],
  ])('If-Match %s answers %d', async (tag, status) => {
    expect((await change({ 'if-match': tag })).status).toBe(status);
  });
});
