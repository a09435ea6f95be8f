import { expect, test } from '@jest/globals';
import { pageJson, pageReply } from '../../../src/api/routes/page-reply.ts';

test.each([
  [[], null],
  [[{ id: 'a' }], null],
  [
    [{ id: 'a' }, { id: 'Ünï"1' }, { id: '漢字' }],
    ['2026-12-01', 'a'],
  ],
])('a page of items that are JSON already says what any page says: %j', (items, next) => {
  const bytes = pageJson({ items: items.map((item) => Buffer.from(JSON.stringify(item))), next });
  expect(bytes.toString()).toBe(JSON.stringify(pageReply({ items, next }).body));
});
