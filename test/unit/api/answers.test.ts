import { createConnection } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApi } from '../../../src/api/server.ts';
import { HubError } from '../../../src/domain/index.ts';
import type { Handlers } from '../../../src/api/operation.ts';
import { A_UUID, authenticate, codeOf, contracts, echoHandlers, startStubApi, type StubApi } from './stub-api.ts';

const gone = Promise.withResolvers<void>();
const handlers: Handlers = {
  ...echoHandlers,
  readLocation: async () => {
    throw new TypeError('canary-1', { cause: Object.assign(new Error('canary-2'), { code: '22P02' }) });
  },
  readProvider: async () => {
    throw new HubError('his-unavailable', 'The HIS does not answer.', { retryAfterSeconds: 1.2 });
  },
  createAppointment: async () => {
    throw new HubError('slot-taken', 'Somebody has it.', { members: { alternatives: [{ id: 's2' }] } });
  },
  deleteHold: async () => ({ status: 204 }),
  readSchedule: async () => ({ status: 200, body: { rules: [] }, headers: { ETag: '"4"' } }),
  // Public: asking for the caller is a mistake of the handler, never somebody's identity.
  livez: async (request) => ({ status: 200, body: { role: request.caller.role } }),
  readPatient: async ({ signal }) => {
    await once(signal, 'abort');
    gone.resolve();
    return { status: 200 };
  },
};

let api: StubApi;
beforeAll(async () => {
  api = await startStubApi({ handlers });
});
afterAll(() => api[Symbol.asyncDispose]());

describe('problems', () => {
  test('an error of the hub is a problem body with its transaction id and its members', async () => {
    const answer = await api.send('POST', '/v1/appointments', {
      json: { slotId: 's', patientId: 'p' },
      headers: { 'idempotency-key': 'k', 'x-transaction-id': A_UUID },
    });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'https://tessera.dev/problems/slot-taken',
      title: 'The slot is taken',
      status: 409,
      detail: 'Somebody has it.',
      transactionId: A_UUID,
      alternatives: [{ id: 's2' }],
    });
  });

  test('Retry-After is sent in whole seconds', async () => {
    const answer = await api.send('GET', '/v1/providers/a');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('what nobody foresaw is `internal`: nothing of it is shown, and only its place is logged', async () => {
    const answer = await api.send('GET', '/v1/locations/a', { headers: { 'x-transaction-id': A_UUID } });
    expect([answer.status, codeOf(answer)]).toEqual([500, 'internal']);
    expect(answer.text).not.toMatch(/canary|TypeError|\.ts/);
    const logged = api.logged.find((each) => each.fields['transactionId'] === A_UUID);
    expect(logged?.fields['error']).toMatchObject({ name: 'TypeError', cause: { code: '22P02' } });
    expect(JSON.stringify(logged)).toContain('answers.test.ts');
    expect(JSON.stringify(logged)).not.toContain('canary');
  });

  test('a database that is away is 503 with Retry-After, and nothing else is', async () => {
    await using away = await startStubApi({ handlers, isUnavailable: (error) => error instanceof TypeError });
    const answer = await away.send('GET', '/v1/locations/a');
    expect([answer.status, codeOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    expect(contracts.validator('problem')(answer.body)).toBe(true);
    expect(JSON.stringify([answer.text, away.logged])).not.toContain('canary');
    expect((await away.send('GET', '/v1/providers/a')).body.type).toMatch(/his-unavailable$/);
    expect((await api.send('GET', '/v1/locations/a')).status).toBe(500);
  });

  test('every problem fits its own contract', async () => {
    const validate = contracts.validator('problem');
    for (const path of ['/v1/locations/a', '/v1/providers/a', '/v1/none', '/v1/slots?x=1', '/oauth/token']) {
      const answer = await api.send('GET', path);
      expect([path, validate(answer.body)]).toEqual([path, true]);
    }
  });
});

describe('traces', () => {
  test.each([
    '5B0C1F0E-8F5E-4C8A-9D59-0D1F4F7F6A10',
    '0197f3a2-6c1e-7b44-9d0a-3f1f6c1d2a55',
    '00000000-0000-0000-0000-000000000000',
  ])('the UUID %s is kept as transaction id', async (id) => {
    const answer = await api.send('GET', '/v1/slots', { headers: { 'x-transaction-id': id } });
    expect(answer.headers.get('x-transaction-id')).toBe(id.toLowerCase());
    expect(answer.body.transactionId).toBe(id.toLowerCase());
  });

  test.each([{}, { 'x-transaction-id': 'mine' }, { 'x-transaction-id': `${A_UUID}, ${A_UUID}` }])(
    '%j gets a new UUIDv7',
    async (headers) => {
      const answer = await api.send('GET', '/v1/none', { headers });
      expect(answer.headers.get('x-transaction-id')).toMatch(
        /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      );
      expect(answer.body.transactionId).toBe(answer.headers.get('x-transaction-id'));
    },
  );

  test('traceparent is echoed when it is one', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const sent = async (value: string): Promise<string | null> =>
      (await api.send('GET', '/v1/slots', { headers: { traceparent: value } })).headers.get('traceparent');
    expect(await sent(traceparent)).toBe(traceparent);
    expect(await sent(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`)).toBeNull();
    expect(await sent('nonsense')).toBeNull();
  });

  test('every call is recorded by its template, with the caller and the error, and never by its URL', async () => {
    await using recorder = await startStubApi({ handlers });
    await recorder.send('GET', '/v1/patients/canary-1/appointments?status=booked');
    await recorder.send('GET', '/v1/providers?q=canary-1', { headers: { authorization: 'Bearer nobody' } });
    await recorder.send('GET', '/canary-1');
    await recorder.send('DELETE', '/v1/slots');
    expect(JSON.stringify(recorder.recorded)).not.toContain('canary');
    expect(
      recorder.recorded.map(({ method, route, status, errorCode, clientId }) => [
        method,
        route,
        status,
        errorCode,
        clientId,
      ]),
    ).toEqual([
      ['GET', '/v1/patients/{id}/appointments', 200, undefined, 'client-admin'],
      ['GET', '/v1/providers', 401, 'unauthenticated', undefined],
      ['GET', 'unmatched', 404, 'not-found', undefined],
      ['DELETE', '/v1/slots', 405, 'method-not-allowed', undefined],
    ]);
    for (const { at, durationMs } of recorder.recorded) {
      expect(at).toBeInstanceOf(Date);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
  });

  test('a recorder that fails disturbs no answer', async () => {
    await using failing = await startStubApi({
      recordRequest: () => {
        throw new Error('canary-1');
      },
    });
    expect((await failing.send('GET', '/v1/slots')).status).toBe(200);
    expect((await failing.send('GET', '/v1/slots')).status).toBe(200);
    expect(failing.logged[0]?.message).toBe('a request was not recorded');
    expect(JSON.stringify(failing.logged)).not.toContain('canary');
  });

  test('a caller who goes away is noticed by the handler, and recorded as 499', async () => {
    const socket = createConnection(api.port, '127.0.0.1');
    socket.write('GET /v1/patients/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer app\r\n\r\n');
    await once(socket, 'ready');
    await waitFor(() => api.logged.length >= 0 && socket.bytesWritten > 0);
    socket.destroy();
    await gone.promise;
    await waitFor(() => api.recorded.some((each) => each.route === '/v1/patients/{id}'));
    expect(api.recorded.find((each) => each.route === '/v1/patients/{id}')?.status).toBe(499);
  });
});

describe('replies', () => {
  test('status, headers and body of the handler are sent; nothing may be cached', async () => {
    const answer = await api.send('GET', '/v1/providers/a/schedule');
    expect([answer.status, answer.headers.get('etag'), answer.body]).toEqual([200, '"4"', { rules: [] }]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('no body, no content', async () => {
    const answer = await api.send('DELETE', '/v1/holds/a');
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  test('an operation without token has no caller', async () => {
    const answer = await api.send('GET', '/livez', { headers: { authorization: '' } });
    expect([answer.status, codeOf(answer)]).toEqual([500, 'internal']);
  });

  test('answers tell nothing of the server, and allow no framing or guessing of types', async () => {
    const { headers } = await api.send('GET', '/v1/slots');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('documentation', () => {
  test('/openapi.json is the contract, complete in itself', async () => {
    const answer = await api.send('GET', '/openapi.json', { headers: { authorization: '' } });
    expect(answer.status).toBe(200);
    expect(answer.body['paths']).toEqual(contracts.openapi.paths);
    for (const [, name] of answer.text.matchAll(/"#\/components\/schemas\/([\w-]+)/g)) {
      expect(answer.body['components']).toHaveProperty(['schemas', name ?? '']);
    }
  });

  test('it says of every problem what to do', async () => {
    const { info } = (await api.send('GET', '/openapi.json')).body as { info: { description: string } };
    for (const [code, { status, help }] of Object.entries(contracts.errors)) {
      const [row = ''] = info.description.split('\n').filter((line) => line.startsWith(`| \`${code}\` |`));
      expect(row.split(' | ')).toEqual([expect.any(String), String(status), expect.stringMatching(/ /), `${help} |`]);
    }
  });

  test('/docs loads everything from here', async () => {
    const page = await api.send('GET', '/docs', { headers: { authorization: '' } });
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self'; style-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<script>|<style|\son\w+=|\sstyle=/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((each) => each[1] ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\//);
      expect((await api.send('GET', link)).status).toBe(200);
    }
  });
});

test('an operation without handler, and a handler without operation, stop the start', () => {
  const { livez: _livez, ...fewer } = echoHandlers;
  const start = (some: Handlers) => (): unknown =>
    createApi({
      contracts,
      handlers: some,
      authenticate,
      isAtLocations: async () => true,
      recordRequest: () => {},
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      isUnavailable: () => false,
      now: () => new Date(),
    });
  expect(start(fewer)).toThrow('without handler: livez');
  expect(start({ ...echoHandlers, readMind: async () => ({ status: 200 }) })).toThrow('without operation: readMind');
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
