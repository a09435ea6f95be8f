import { describe, expect, test } from '@jest/globals';
import { rateCounters } from '../../../src/api/rate-counters.ts';
import { COSTLY, requestCount } from '../../../src/api/rate-limits.ts';
import { callerAddress, trustedProxies } from '../../../src/api/caller-address.ts';
import { DEFAULT_RATES, type Caller, type Rates } from '../../../src/domain/index.ts';
import { A_UUID, echoHandlers, operations, startStubApi, type StubApi } from './stub-api.ts';

const few = (rates: Partial<Record<keyof Rates, number>>): Rates =>
  Object.fromEntries(
    Object.entries(DEFAULT_RATES).map(([name, rate]) => [
      name,
      { requests: rates[name as keyof Rates] ?? rate.requests, seconds: 60 },
    ]),
  ) as Rates;

const limited = (rates: Parameters<typeof few>[0], more: Parameters<typeof startStubApi>[0] = {}): Promise<StubApi> => {
  const wanted = few(rates);
  return startStubApi({ requestCount: requestCount(wanted, rateCounters(wanted), () => 'here'), ...more });
};
const as = (role: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${role}` } });
const READ = `/v1/patients/${A_UUID}`;

test('every answer says how much may still be asked for (draft-ietf-httpapi-ratelimit-headers)', async () => {
  await using api = await limited({ organization: 50, client: 10, route: 5 });
  const { headers } = await api.send('GET', READ);
  expect(headers.get('ratelimit-policy')).toBe('"organization";q=50;w=60, "client";q=10;w=60, "route";q=5;w=60');
  expect(headers.get('ratelimit')).toBe('"organization";r=49;t=60, "client";r=9;t=60, "route";r=4;t=60');
});

test('who asks for more is answered 429 quota-exceeded with Retry-After, before the body is read; others are not', async () => {
  await using api = await limited({ route: 2 });
  const book = (role: string) => api.send('POST', '/v1/appointments', { body: '{"not": json', ...as(role) });
  expect([(await book('app')).status, (await book('app')).status]).toEqual([400, 400]);
  const refused = await book('app');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(refused.body).toMatchObject({
    type: 'https://tessera.dev/problems/quota-exceeded',
    'violated-policies': ['route'],
    detail: expect.stringContaining('2 in 60 s for each client on one operation'),
  });
  // Another operation, and another client.
  expect((await api.send('GET', READ, as('app'))).status).toBe(200);
  expect((await book('patient')).status).toBe(400);
});

test('an organization has its limit beside those of its clients', async () => {
  await using api = await limited({ organization: 3 });
  for (const role of ['app', 'support', 'admin']) expect((await api.send('GET', READ, as(role))).status).toBe(200);
  const refused = await api.send('GET', READ, as('provider'));
  expect([refused.status, refused.body['violated-policies']]).toEqual([429, ['organization']]);
});

test('two organizations whose clients have the same name are counted apart', async () => {
  const caller = (organizationId: string): Caller => ({ organizationId, clientId: 'app', role: 'app' });
  await using api = await limited(
    { client: 1 },
    { authenticate: async (authorization) => caller(authorization ?? '') },
  );
  const statuses: number[] = [];
  for (const organization of ['a', 'b', 'a'])
    statuses.push((await api.send('GET', READ, { headers: { authorization: organization } })).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('guessing at tokens ends in 429, and a good token from the same address goes on', async () => {
  await using api = await limited({ address: 3 });
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await api.send('GET', READ, as(`guess-${n}`))).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await api.send('GET', READ, as('app'))).status).toBe(200);
});

test('guessing at secrets costs ten times what a good one does', async () => {
  const refusing = async () => ({ status: 401, body: { error: 'invalid_client' } });
  await using api = await limited({ address: 25 }, { handlers: { ...echoHandlers, issueToken: refusing } });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1)
    statuses.push((await api.send('POST', '/oauth/token', { body: 'a=b', headers })).status);
  expect(statuses).toEqual([401, 401, 429, 429]);
});

test('who watches over the hub is not counted', async () => {
  await using api = await limited({ address: 1 });
  for (let n = 0; n < 3; n += 1) expect((await api.send('GET', '/livez')).status).toBe(200);
});

test('the operations that cost much are of the contract', () => {
  const known = new Set(operations.map(({ operationId }) => operationId));
  expect([...COSTLY].filter((each) => !known.has(each))).toEqual([]);
});

test('counters that are away let everybody pass', async () => {
  const broken = rateCounters(DEFAULT_RATES, {
    status: 'end',
    defineCommand() {},
    multi: () => {
      throw new Error('away');
    },
  });
  expect(await broken('client', 'a', 1)).toMatchObject({ isOver: false });
});

describe('the address of a caller', () => {
  const of = (remoteAddress: string, forwarded?: string): string =>
    callerAddress(
      { socket: { remoteAddress } as never, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } },
      trustedProxies(['10.0.0.0/8', 'fd00::1']),
    );
  test.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['10.0.0.2', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.2', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.2', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.2', '1.2.3.4, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['10.0.0.2', 'unknown', '10.0.0.2'],
    ['10.0.0.2', '', '10.0.0.2'],
    ['fd00::1', '[2001:db8::7]:443', '2001:db8::7'],
    ['10.0.0.2', '198.51.100.1:5000', '198.51.100.1'],
  ])('%s, forwarded for %s, is %s', (remote, forwarded, expected) => {
    expect(of(remote, forwarded)).toBe(expected);
  });
});
