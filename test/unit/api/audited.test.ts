import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { auditOperation, readAuditRules } from '../../../src/api/audited.ts';
import type { Handlers } from '../../../src/api/operation.ts';
import { HubError, type AuditEntry } from '../../../src/domain/index.ts';
import { A_UUID, codeOf, contracts, echoHandlers, operations, startStubApi, type StubApi } from './stub-api.ts';

const rules = readAuditRules(contracts.audit);

/** What happened, in order. */
let happened: string[];
let kept: AuditEntry[];
let isKept: (entry: AuditEntry) => boolean;
let api: StubApi;

const handlers: Handlers = {
  ...echoHandlers,
  resolveTransaction: async () => {
    happened.push('resolved');
    return { status: 200, body: { id: A_UUID } };
  },
  replayTransaction: async () => {
    throw new HubError('state-conflict', 'It has succeeded.');
  },
  resetUser: async () => {
    throw new TypeError('canary');
  },
  createLocation: async () => ({ status: 201, headers: { Location: `/v1/locations/${A_UUID}` } }),
};

beforeEach(async () => {
  [happened, kept, isKept] = [[], [], () => true];
  api = await startStubApi({
    handlers,
    async keepAudit(entry) {
      if (!isKept(entry)) throw new Error('the database is away');
      kept.push(entry);
      happened.push(`${entry.action} ${entry.outcome ?? 'begun'}`);
      return `record-${kept.length}`;
    },
  });
});
afterEach(() => api[Symbol.asyncDispose]());

const resolve = (role = 'support', id = A_UUID): ReturnType<StubApi['send']> =>
  api.send('POST', `/v1/transactions/${id}/resolve`, {
    json: { as: 'absent', reason: 'Ms Canary says so' },
    headers: { authorization: `Bearer ${role}`, 'idempotency-key': 'k', 'x-transaction-id': A_UUID },
  });
const readPatient = (role: string): ReturnType<StubApi['send']> =>
  api.send('GET', `/v1/patients/${A_UUID}`, { headers: { authorization: `Bearer ${role}` } });

test('every operation is audited, or contracts/audit.yaml says why it is not', () => {
  const { others } = contracts.audit as { readonly others: Readonly<Record<string, readonly string[]>> };
  const said = [...rules.keys(), ...Object.values(others).flat()];
  expect(said.toSorted()).toEqual(operations.map((each) => each.operationId).toSorted());
});

test('a change is recorded before it begins, and again with what came of it', async () => {
  expect((await resolve()).status).toBe(200);
  expect(happened).toEqual(['transaction.resolve begun', 'resolved', 'transaction.resolve done']);
  expect(kept[0]).toEqual({
    organizationId: 'organization-1',
    transactionId: A_UUID,
    actorId: 'client-support',
    actorRole: 'support',
    address: '192.0.2.7',
    action: 'transaction.resolve',
    kind: 'change',
    resourceKind: 'transaction',
    resourceId: A_UUID,
    outcome: null,
    errorCode: null,
    detail: { members: ['as', 'reason'], values: { as: 'absent' } },
    reason: 'Ms Canary says so',
    begunId: null,
  });
  expect(kept[1]).toEqual({ ...kept[0], outcome: 'done', begunId: 'record-1' });
});

test('a change that cannot be recorded is not made', async () => {
  isKept = () => false;
  expect((await resolve()).status).toBe(500);
  expect(happened).toEqual([]);
});

test('a change that was made is answered as such, also when that cannot be recorded any more: its beginning is', async () => {
  isKept = ({ outcome }) => outcome === null;
  expect((await resolve()).status).toBe(200);
  expect(happened).toEqual(['transaction.resolve begun', 'resolved']);
  expect(api.logged.map((each) => each.message)).toContain('what came of an operation is missing in the audit');
});

test('what was refused and what has failed is recorded as that', async () => {
  await api.send('POST', `/v1/transactions/${A_UUID}/replay`, {
    json: { mode: 'same' },
    headers: { 'idempotency-key': 'k' },
  });
  await api.send('POST', `/v1/users/${A_UUID}/reset`, { headers: { 'idempotency-key': 'k' } });
  expect(kept.map(({ action, outcome, errorCode }) => [action, outcome, errorCode])).toEqual([
    ['transaction.replay', null, null],
    ['transaction.replay', 'refused', 'state-conflict'],
    ['user.reset', null, null],
    ['user.reset', 'failed', 'internal'],
  ]);
});

test('who may not is recorded too; who is nobody is not, and a request that does not fit its contract begins nothing', async () => {
  expect(codeOf(await resolve('engineer'))).toBe('forbidden');
  expect(codeOf(await resolve('nobody'))).toBe('unauthenticated');
  expect(codeOf(await api.send('POST', `/v1/transactions/${A_UUID}/resolve`, { json: { as: 'maybe' } }))).toBe(
    'validation',
  );
  expect(kept.map(({ actorId, outcome, errorCode }) => [actorId, outcome, errorCode])).toEqual([
    ['client-engineer', 'refused', 'forbidden'],
  ]);
});

test('of who was not let in nothing is kept that it wrote, also when it was read', async () => {
  const keep = async (entry: AuditEntry): Promise<string> => `record-${kept.push(entry)}`;
  const log = { debug: fail, info: fail, warn: fail, error: fail };
  const request = {
    transactionId: A_UUID,
    address: '192.0.2.7',
    params: { id: A_UUID },
    query: { mode: 'same' },
    body: { as: 'absent', reason: 'Ms Canary says so' },
  };
  const caller = { organizationId: 'organization-1', clientId: 'client-support', role: 'support' } as const;
  const refused = Promise.reject(new HubError('not-found', 'There is none.'));
  await expect(
    auditOperation(rules.get('resolveTransaction'), keep, log).checked(request, () => caller, refused),
  ).rejects.toThrow('There is none.');
  expect(kept).toEqual([
    expect.objectContaining({ resourceId: A_UUID, address: '192.0.2.7', outcome: 'refused', reason: null, detail: {} }),
  ]);
});

test('a patient is not shown before it is recorded who looks', async () => {
  isKept = () => false;
  const answer = await readPatient('support');
  expect([answer.status, answer.text.includes('readPatient')]).toEqual([500, false]);
});

test('people who look at a patient are recorded; programs and the patient itself are not', async () => {
  for (const role of ['app', 'provider', 'support', 'admin']) expect((await readPatient(role)).status).toBe(200);
  expect(kept.map(({ actorRole, outcome }) => [actorRole, outcome])).toEqual([
    ['provider', 'done'],
    ['support', 'done'],
    ['admin', 'done'],
  ]);
});

test('of what was made the id is kept; of filters the ids; of a path and a filter nothing that could be a name', async () => {
  await api.send('POST', '/v1/locations', {
    json: { connectionId: A_UUID, name: 'Ms Canary', timeZone: 'Europe/Berlin' },
    headers: { 'idempotency-key': 'k' },
  });
  await resolve('engineer', 'Ms-Canary');
  await api.send('GET', `/v1/appointments?patient=${A_UUID}&status=booked`);
  expect(kept.map(({ resourceId, detail }) => [resourceId, detail])).toEqual([
    [null, { members: ['connectionId', 'name', 'timeZone'], values: { connectionId: A_UUID } }],
    [A_UUID, { members: ['connectionId', 'name', 'timeZone'], values: { connectionId: A_UUID } }],
    [null, {}],
    [null, { query: { patient: A_UUID, status: true, limit: 50 } }],
  ]);
});

test.each([
  ['no list', [], 'audit.yaml needs `audited`, by operation'],
  ['no action', { audited: { a: { kind: 'read' } } }, 'audit.yaml: a needs `action`'],
  ['another kind', { audited: { a: { action: 'a.b', kind: 'look' } } }, 'audit.yaml: a needs `action`'],
  [
    'a misspelt word',
    { audited: { a: { action: 'a.b', kind: 'read', kept: [] } } },
    'audit.yaml: a has what is not known: kept',
  ],
])('rules with %s keep the hub from starting', (_, document, message) => {
  expect(() => readAuditRules(document)).toThrow(message);
});

function fail(): never {
  throw new Error('nothing is to be logged');
}
