import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { loadContracts } from '../../src/contracts.ts';
import { apiTypes } from '../support/api-types.ts';

test('the console is typed by the present contract', async () => {
  const file = 'web/src/api/contract.ts';
  const types = apiTypes(loadContracts('contracts').openapi);
  // npm run docs writes it.
  expect(readFileSync(file, 'utf8')).toBe(
    await format(types, { ...(await resolveConfig(file)), parser: 'typescript' }),
  );
});
