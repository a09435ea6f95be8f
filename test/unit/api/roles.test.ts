import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES } from '../../../src/domain/index.ts';
import { codeOf, operations, startStubApi, type Answer, type StubApi } from './stub-api.ts';

let api: StubApi;
beforeAll(async () => {
  api = await startStubApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const call = (method: string, path: string, authorization: string): Promise<Answer> =>
  api.send(method.toUpperCase(), path.replace('{id}', 'a'), { headers: { authorization } });

const withRoles = operations.flatMap((each) => (each.roles ? [{ ...each, roles: each.roles }] : []));

describe.each(withRoles)('$operationId', ({ method, path, roles }) => {
  test('needs a token', async () => {
    for (const authorization of ['', 'Bearer nobody', 'Basic YTpi']) {
      const answer = await call(method, path, authorization);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated']);
    }
  });

  test('is done for the roles of the contract, and for no other', async () => {
    for (const role of ROLES) {
      const answer = await call(method, path, `Bearer ${role}`);
      // Past the role check a request without body or headers may still be refused, for another reason.
      expect([role, codeOf(answer) === 'forbidden' ? 'refused' : 'admitted']).toEqual([
        role,
        roles.includes(role) ? 'admitted' : 'refused',
      ]);
    }
  });
});

test('only these need no token', () => {
  const open = operations.filter((each) => !each.roles).map((each) => each.operationId);
  expect(open.toSorted()).toEqual([
    'enterSandbox',
    'issueToken',
    'livez',
    'readMetrics',
    'readOpenIdConfiguration',
    'readSigningKeys',
    'readSmartConfiguration',
    'readyz',
    'receivePush',
  ]);
});

/** The reviewed table: a change of contracts/authorization.yaml is a change here. */
test('who may do what', () => {
  const table = Object.groupBy(withRoles, (each) => each.roles.join(' '));
  const names = Object.fromEntries(
    Object.entries(table).map(([roles, some]) => [roles, some?.map((each) => each.operationId)]),
  );
  expect(names).toEqual({
    'app patient provider support engineer admin': [
      'listLocations',
      'readLocation',
      'listProviders',
      'readProvider',
      'readAvailability',
      'listSlots',
    ],
    'patient provider support engineer admin': ['readMe'],
    admin: [
      'createLocation',
      'updateLocation',
      'createProvider',
      'erasePatient',
      'setLegalHold',
      'listOrganizations',
      'createOrganization',
      'readOrganization',
      'listUsers',
      'createUser',
      'readUser',
      'changeUser',
      'resetUser',
      'listClients',
      'createClient',
      'readClient',
      'changeClient',
      'rotateClientSecret',
      'rotateSigningKey',
      'rotateKeys',
      'listAuditRecords',
      'exportAudit',
    ],
    'provider admin': ['updateProvider', 'updateSchedule', 'createSlot', 'updateSlot'],
    'app provider support engineer admin': ['readSchedule'],
    'app patient admin': ['createHold', 'deleteHold', 'createAppointment', 'updatePatient'],
    'app patient provider support admin': [
      'listAppointments',
      'readAppointment',
      'readPatient',
      'listPatientAppointments',
    ],
    'app patient provider admin': ['changeAppointment', 'cancelAppointment'],
    'app admin': ['createPatient', 'searchPatients'],
    'patient admin': ['exportPatient'],
    'app support engineer admin': ['listTransactions', 'readTransaction', 'readTimeline', 'streamEvents'],
    'support admin': [
      'releaseAppointment',
      'revealPayloads',
      'readReplayApproval',
      'replayTransaction',
      'resolveTransaction',
      'approveReplay',
      'rejectReplay',
      'listReplayPlans',
      'createReplayPlan',
      'readReplayPlan',
      'runReplayPlan',
      'pauseReplayPlan',
      'cancelReplayPlan',
      'listRequests',
      'resolveDrift',
      'replayMessage',
      'dismissMessage',
    ],
    'support engineer admin': [
      'readProviderDay',
      'listBlockedAppointments',
      'countTransactions',
      'readFailureGroups',
      'assignTransaction',
      'listOwners',
      'readPayloads',
      'readOverview',
      'listConnections',
      'readConnection',
      'readConnectionHealth',
      'reconcileConnection',
      'listReconciliationRuns',
      'listDrift',
      'readDriftDays',
      'listMessages',
      'readMessage',
      'assignMessage',
      'listMappings',
      'listMappingVersions',
      'readMappingVersion',
      'readMappingCoverage',
      'listUnmappedCodes',
      'listWebhooks',
      'readWebhook',
      'recoverWebhook',
      'replayMissingWebhook',
      'listWebhookDeliveries',
      'resendWebhookDelivery',
      'listWebhookAttempts',
      'listAlerts',
    ],
    'engineer admin': [
      'readAdapters',
      'createConnection',
      'changeConnection',
      'checkConnection',
      'pauseConnection',
      'resumeConnection',
      'draftMappingVersion',
      'tryMapping',
      'dryRunMapping',
      'diffMapping',
      'publishMappingVersion',
      'rollBackMapping',
      'mapCode',
      'createWebhook',
      'changeWebhook',
      'deleteWebhook',
      'testWebhook',
      'rotateWebhookSecret',
    ],
  });
});
