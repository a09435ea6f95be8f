import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOSED, SETTLED } from '../../../src/ledger/state-lists.ts';

const migration = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../src/db/migrations', name), 'utf8');

test('the sets of states are those that the migrations made indexes and views for', () => {
  expect(migration('0002_ledger.sql')).toContain(`where state not in ${SETTLED}`);
  expect(migration('0051_blocked_view.sql')).toContain(`where state not in ${SETTLED}`);
  expect(migration('0051_blocked_view.sql')).toContain(`older.state not in ${CLOSED} and`);
});
