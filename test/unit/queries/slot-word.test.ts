import { expect, test } from '@jest/globals';
import { keyOfWord, readSlotWord, WORD_DIGITS } from '../../../src/queries/slot-word.ts';

const WORD = [
  '0198a1b2c3d47e5f8a9bacbdcedfe0f1',
  '11111111222233334444555566667777',
  '88888888999aaaabbbbccccddddeeee0',
  // A second, and a second and a microsecond after 2000 began; a second before.
  '00000000000f4240',
  '00000000000f4241',
  'fffffffffff0bdc0',
  '01',
].join('');

test('a slot in one word has ids, times to the microsecond, and a mode', () => {
  expect(readSlotWord(WORD)).toEqual({
    id: '0198a1b2-c3d4-7e5f-8a9b-acbdcedfe0f1',
    locationId: '11111111-2222-3333-4444-555566667777',
    connectionId: '88888888-999a-aaab-bbbc-cccddddeeee0',
    startMs: Date.UTC(2000, 0, 1, 0, 0, 1),
    endMs: Date.UTC(2000, 0, 1, 0, 0, 1) + 0.001,
    asOfMs: Date.UTC(1999, 11, 31, 23, 59, 59),
    mode: 'telemedicine',
  });
  expect(keyOfWord(WORD)).toBe('0198a1b2c3d47e5f8a9bacbdcedfe0f1');
  expect(WORD).toHaveLength(WORD_DIGITS);
});

test.each([WORD.slice(1), `${WORD}00`, `${WORD.slice(0, -2)}ff`, ''])('what is no such word is refused: %p', (word) =>
  expect(() => readSlotWord(word)).toThrow('expected a slot'),
);
