import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wordDiff } from '../../../web/src/kit/word-diff.ts';

const shown = (before: string, after: string): string[] => {
  const diff = wordDiff(before, after);
  return [diff.before, diff.after].map((pieces) =>
    pieces.map(({ text, isKept }) => (isKept ? text : `[${text}]`)).join(''),
  );
};

test('words that are in both texts are kept, the others are set off on their side', () => {
  expect(shown('Fup after surgery', 'Follow-up after surgery')).toEqual([
    '[Fup] after surgery',
    '[Follow-up] after surgery',
  ]);
  expect(shown('', 'new')).toEqual(['', '[new]']);
  expect(shown('a b c', 'a c')).toEqual(['a [b ]c', 'a c']);
  expect(shown('same', 'same')).toEqual(['same', 'same']);
});

test('each side is its text, whole, whatever the texts are; equal texts have nothing set off', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', ' ', '\n', 'é')).map((some) => some.join(''));
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = wordDiff(before, after);
      const textOf = (pieces: typeof diff.before): string => pieces.map(({ text }) => text).join('');
      const keptOf = (pieces: typeof diff.before): string => textOf(pieces.filter(({ isKept }) => isKept));
      expect([textOf(diff.before), textOf(diff.after)]).toEqual([before, after]);
      expect(keptOf(diff.before)).toBe(keptOf(diff.after));
      if (before === after) expect(diff.before.every(({ isKept }) => isKept)).toBe(true);
    }),
  );
});
