import { expect, test } from '@jest/globals';
import { loadContracts } from '../../../src/contracts.ts';
import {
  LOOKUPS_MAX,
  POLICY_BOUNDS,
  PRODUCTION_POLICY,
  REPLAY_APPROVALS,
  SANDBOX_POLICY,
  policyProblems,
} from '../../../src/domain/index.ts';

const membersOf = (policy: object): string[] =>
  policyProblems({ ...PRODUCTION_POLICY, ...policy }).map((each) => each.member);

test('the contract has the bounds of the domain, for every member of a policy and for no other', () => {
  const schema: unknown = loadContracts('contracts').openapi.components.schemas['connection-policy'];
  const { maintenance, replayApproval, drift, poll, ...numbers } = Object(schema).properties;
  expect(maintenance).toMatchObject({ type: 'array' });
  expect([drift, poll]).toMatchObject([{ type: 'object' }, { type: 'object' }]);
  expect(replayApproval).toMatchObject({ enum: [...REPLAY_APPROVALS] });
  const bounds = Object.entries(numbers).map(([name, node]) => {
    const { minimum, maximum } = Object(node).items ?? Object(node);
    return [name, { min: minimum, max: maximum }];
  });
  expect(Object.fromEntries(bounds)).toEqual(POLICY_BOUNDS);
  expect(Object.keys(POLICY_BOUNDS).toSorted()).toEqual(Object.keys(PRODUCTION_POLICY).toSorted());
  expect(schema).toMatchObject({ properties: { lookupScheduleMs: { minItems: 1, maxItems: LOOKUPS_MAX } } });
});

test('the policies that the hub brings are good ones', () => {
  expect([policyProblems(PRODUCTION_POLICY), policyProblems(SANDBOX_POLICY)]).toEqual([[], []]);
});

test.each(Object.entries(POLICY_BOUNDS))('%s is held to its bounds', (name, { min, max }) => {
  const list = Array.isArray(Object(PRODUCTION_POLICY)[name]);
  for (const value of [min - 1, max + 1, min + 0.5, Number.NaN])
    expect(membersOf({ [name]: list ? [value] : value })).toContain(name);
});

test('values that do not go together are refused', () => {
  expect(membersOf({ lookupScheduleMs: [2_000, 2_000] })).toEqual(['lookupScheduleMs']);
  expect(membersOf({ lookupScheduleMs: [] })).toEqual(['lookupScheduleMs']);
  expect(membersOf({ leaseMs: 46_999 })).toEqual(['leaseMs']);
  expect(membersOf({ leaseMs: 47_000 })).toEqual([]);
  expect(membersOf({ writeDeadlineMs: 5_000, readDeadlineMs: 5_000, leaseMs: 7_000 })).toEqual([]);
});
