import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { describeSchema } from '../../support/describe-schema.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('src/db/schema.txt is what the migrations make (if not: npm run schema, and read the difference)', async () => {
  const committed = await readFile(new URL('../../../src/db/schema.txt', import.meta.url), 'utf8');
  expect((await describeSchema(database.db)).split('\n')).toEqual(committed.split('\n'));
});

test.each([
  ['a column', 'alter table hold add column note text', '  note text'],
  [
    'a default',
    'alter table hold alter column client_id set default 5 + 1',
    '  client_id text not null default (5 + 1)',
  ],
  [
    'a check',
    'alter table hold add constraint sane check (id is not null)',
    '  constraint sane CHECK ((id IS NOT NULL))',
  ],
  [
    'an index',
    'create index hold_x on hold (client_id)',
    '  CREATE INDEX hold_x ON public.hold USING btree (client_id)',
  ],
  [
    'a trigger',
    'create trigger t before delete on hold for each row execute function refuse_change()',
    '  CREATE TRIGGER t BEFORE DELETE ON public.hold FOR EACH ROW EXECUTE FUNCTION refuse_change()',
  ],
  [
    'a function',
    'create function two() returns integer language sql return 2',
    'CREATE OR REPLACE FUNCTION public.two()',
  ],
])('the description shows %s', async (_, change, line) => {
  const undone = new Error('undone');
  const described = database.db.transaction(async (tx) => {
    expect((await describeSchema(tx)).split('\n')).not.toContain(line);
    await tx.query(change);
    expect((await describeSchema(tx)).split('\n')).toContain(line);
    throw undone;
  });
  await expect(described).rejects.toBe(undone);
});
