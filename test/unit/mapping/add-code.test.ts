import { expect, test } from '@jest/globals';
import { addCode } from '../../../src/mapping/add-code.ts';

const HEAD = 'vendor,canonical,source,date';
const row = { vendor: 'C', canonical: 'video', source: 'told', date: '2026-11-20' };

test.each([
  ['a table', `${HEAD}\nA,x,s,d\n`, `${HEAD}\nA,x,s,d\nC,video,told,2026-11-20\n`],
  ['one without a line end', HEAD, `${HEAD}\nC,video,told,2026-11-20\n`],
  ['one of another system', `${HEAD}\r\n`, `${HEAD}\r\nC,video,told,2026-11-20\r\n`],
  [
    'one with other columns',
    'date,more,canonical,vendor,source\n',
    'date,more,canonical,vendor,source\n2026-11-20,,video,C,told\n',
  ],
])('%s gets one more row, and keeps every other character', (_what, text, expected) => {
  expect(addCode(text, 'vendor', row)).toBe(expected);
});

test('what could be taken for more than one cell is quoted', () => {
  const added = addCode(`${HEAD}\n`, 'vendor', { ...row, vendor: 'a,b', canonical: ' "x"' });
  expect(added).toBe(`${HEAD}\n"a,b"," ""x""",told,2026-11-20\n`);
});

test('a code that is listed on its side is not added', () => {
  const text = `${HEAD}\nA,video,s,d\n`;
  expect(addCode(text, 'canonical', row)).toBeUndefined();
  expect(addCode(text, 'vendor', { ...row, vendor: 'A' })).toBeUndefined();
  expect(addCode(text, 'vendor', row)).toContain('\nC,video');
});
