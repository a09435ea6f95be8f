/** What people see of a message who must not see patients. */
import { expect, test } from '@jest/globals';
import { maskHl7, readHl7 } from '#adapter-kit';

const masked = (...segments: readonly string[]): readonly string[] =>
  maskHl7(readHl7(Buffer.from(['MSH|^~\\&|HIS|F|HUB|H|20270301||SIU^S12|1|P|2.5.1', ...segments].join('\r')))).slice(1);

test('keys, codes, times and staff stay; names, addresses, reasons and notes do not', () => {
  expect(
    masked(
      'SCH|P1|F1|||||R^Chest pain|C|30|min|^^30^20270308|||||Mum^Test^^030 1',
      'PID|1||4711^^^HIS^MR||Müller-Lüdenscheidt^Jörg||19800229|M',
      'NTE|1||HIV positive',
      'AIP|1|A|17^Gray^Ann',
      'ZPI|secret 1',
    ),
  ).toEqual([
    'SCH|P1|F1|||||x^xxxxx xxxx|C|30|min|^^30^20270308|||||xxx^xxxx^^000 0',
    'PID|1||0000^^^xxx^xx||xxxxxx-xxxxxxxxxxxx^xxxx||00000000|x',
    'NTE|0||xxx xxxxxxxx',
    'AIP|1|A|17^Gray^Ann',
    'ZPI|xxxxxx 0',
  ]);
});

test('a line that was broken off is masked, whatever it followed', () => {
  expect(masked('AIL|1|A|AMB1', 'Erika Test, Hauptstr. 17')).toEqual(['AIL|1|A|AMB1\nxxxxx xxxx, xxxxxxxx. 00']);
});

test('a segment with the name of something that every object has is masked like any other', () => {
  expect(masked('constructor|Erika', '__proto__|Erika')).toEqual(['xxxxxxxxxxx|xxxxx', '__xxxxx__|xxxxx']);
});
