import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pointersByLine } from '../../../web/src/mappings/output-lines.ts';

test('each line of an output is known by the pointer of what it shows', () => {
  const output = [{ start: '2027', identifiers: [{ value: 1 }], none: {} }];
  expect(pointersByLine(JSON.stringify(output, null, 2))).toEqual([
    '',
    '/0',
    '/0/start',
    '/0/identifiers',
    '/0/identifiers/0',
    '/0/identifiers/0/value',
    '/0/identifiers/0',
    '/0/identifiers',
    '/0/none',
    '/0',
    '',
  ]);
  expect(pointersByLine('no JSON')).toEqual([]);
});

test('as many lines are known as there are, whatever the output', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value, null, 2);
      expect(pointersByLine(text)).toHaveLength(text.split('\n').length);
    }),
  );
});
