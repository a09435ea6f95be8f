import { expect, test } from '@jest/globals';
import type { Caller } from '../../../src/domain/index.ts';
import { VerifiedTokens } from '../../../src/identity/verified-tokens.ts';

const CALLER: Caller = { organizationId: 'o', clientId: 'c', role: 'app' };
const inAMinute = (): number => Date.now() + 60_000;

test('a flood of tokens takes bounded memory, and those in use stay', () => {
  const tokens = new VerifiedTokens();
  tokens.add('in use', CALLER, inAMinute());
  for (let number = 0; number < 5_000; number += 1) {
    tokens.add(`token ${number}`, CALLER, inAMinute());
    expect(tokens.get('in use')).toBe(CALLER);
  }
  expect(tokens.size).toBe(1_000);
  expect(tokens.get('token 0')).toBeUndefined();
});

test('an expired token is not given back, and not kept', () => {
  const tokens = new VerifiedTokens();
  tokens.add('old', CALLER, Date.now() - 1);
  expect(tokens.get('old')).toBeUndefined();
  expect(tokens.size).toBe(0);
});
