import { expect, test } from '@jest/globals';
import { mappedClaims } from '../../../src/identity/mapped-claims.ts';
import { callerOf } from '../../../src/identity/caller-claims.ts';
import { ORGANIZATION } from './tokens.ts';

const outside = { issuer: 'https://login.example.org', audience: 'hub' };
const SITE = '0190d1a2-0000-7000-8000-0000000000aa';

test.each([
  [
    'Entra: a list of app roles',
    { roles: ['Hub.Support'] },
    { roleClaim: 'roles', roles: new Map([['Hub.Support', 'support']]) },
  ],
  [
    'Keycloak: a list within an object',
    { realm_access: { roles: ['offline_access', 'hub-support'] } },
    { roleClaim: 'realm_access.roles', roles: new Map([['hub-support', 'support']]) },
  ],
  ['a claim whose name has dots', { 'https://hub.example/role': 'support' }, { roleClaim: 'https://hub.example/role' }],
  [
    'the greatest of several',
    { groups: ['a', 'b'] },
    {
      roleClaim: 'groups',
      roles: new Map([
        ['a', 'patient'],
        ['b', 'support'],
      ]),
    },
  ],
])('the role is found where the provider says it: %s', (_, claims, more) => {
  const mapped = mappedClaims({ sub: 'f3c1', ...claims }, { ...outside, organizationId: ORGANIZATION, ...more });
  expect(callerOf(mapped)).toEqual({ caller: { organizationId: ORGANIZATION, clientId: 'f3c1', role: 'support' } });
});

test.each([
  ['a word that is not mapped', { roles: ['admin'] }, { roleClaim: 'roles', roles: new Map([['Hub.Admin', 'admin']]) }],
  ['the claim that the hub itself would use', { role: 'admin' }, { roleClaim: 'roles' }],
  ['a member of a prototype', {}, { roleClaim: 'constructor.name' }],
])('%s gives no role', (_, claims, more) => {
  const mapped = mappedClaims({ sub: 'f3c1', ...claims }, { ...outside, organizationId: ORGANIZATION, ...more });
  expect(callerOf(mapped)).toEqual({ refused: 'role' });
});

test('with one organization configured, the token cannot name another', () => {
  const mapped = mappedClaims(
    { sub: 'a', role: 'admin', organization_id: SITE },
    { ...outside, organizationId: ORGANIZATION },
  );
  expect(callerOf(mapped)).toMatchObject({ caller: { organizationId: ORGANIZATION } });
});

test.each([
  ['an admin that is bound to locations', { role: 'admin', location_ids: [SITE] }],
  ['locations that are none', { role: 'support', location_ids: ['everywhere'] }],
  ['locations that are no list', { role: 'app', location_ids: SITE }],
])('%s is refused', (_, claims) => {
  expect(callerOf({ sub: 'a', organization_id: ORGANIZATION, ...claims })).toEqual({ refused: 'location_ids' });
});

test('SMART scopes narrow an app; words of others neither narrow nor grant', () => {
  const app = { sub: 'a', organization_id: ORGANIZATION, role: 'app' };
  expect(callerOf({ ...app, scope: 'openid system/Slot.rs' })).toMatchObject({
    caller: { scopes: ['system/Slot.rs'] },
  });
  expect(callerOf({ ...app, scope: 'openid app' })).toEqual({
    caller: { organizationId: ORGANIZATION, clientId: 'a', role: 'app' },
  });
});
