/** Functions on texts. Texts are counted in code points, as JSONata does. */
import type { ExpressionFunction } from './expression-function.ts';
import type { Evaluation } from './evaluation.ts';
import { asList, asNumber, asText } from './values.ts';

type Work = (text: string, others: readonly unknown[], run: Evaluation, at: number) => unknown;

/** About a text; absent when the text is. */
const ofText = (others: readonly [least: number, most: number], work: Work): ExpressionFunction => ({
  least: 1 + others[0],
  most: 1 + others[1],
  ofContext: true,
  run: ([text, ...rest], run, at) => (text === undefined ? undefined : work(asText(text, run, at), rest, run, at)),
});

const optionalNumber = (value: unknown, run: Evaluation, at: number): number | undefined =>
  value === undefined ? undefined : asNumber(value, run, at);

export const TEXT_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  ['uppercase', ofText([0, 0], (text, _rest, run, at) => run.text(text.toUpperCase(), at))],
  ['lowercase', ofText([0, 0], (text, _rest, run, at) => run.text(text.toLowerCase(), at))],
  ['trim', ofText([0, 0], (text) => text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, ''))],
  ['length', ofText([0, 0], (text) => Array.from(text).length)],
  ['substring', ofText([1, 2], substring)],
  [
    'substringBefore',
    ofText([1, 1], (text, [mark], run, at) => {
      const found = text.indexOf(asText(mark, run, at));
      return found < 0 ? text : text.slice(0, found);
    }),
  ],
  [
    'substringAfter',
    ofText([1, 1], (text, [mark], run, at) => {
      const wanted = asText(mark, run, at);
      const found = text.indexOf(wanted);
      return found < 0 ? text : text.slice(found + wanted.length);
    }),
  ],
  ['contains', ofText([1, 1], (text, [part], run, at) => text.includes(asText(part, run, at)))],
  ['split', ofText([1, 2], split)],
  ['replace', ofText([2, 3], replace)],
  ['join', { least: 1, most: 2, ofContext: false, run: join }],
];

function substring(text: string, [from, length]: readonly unknown[], run: Evaluation, at: number): string {
  const signs = Array.from(text);
  const wanted = asNumber(from, run, at);
  const start = signs.length + wanted < 0 ? 0 : wanted;
  const count = optionalNumber(length, run, at);
  if (count === undefined) return signs.slice(start).join('');
  if (count <= 0) return '';
  return signs.slice(start, start >= 0 ? start + count : signs.length + start + count).join('');
}

function split(text: string, [by, limit]: readonly unknown[], run: Evaluation, at: number): string[] {
  const most = optionalNumber(limit, run, at);
  if (most !== undefined && most < 0) return run.fail(at, most, 'a limit of 0 or more');
  const parts = text.split(asText(by, run, at), most === undefined ? undefined : Math.floor(most));
  run.spend(parts.length, at);
  return parts;
}

function replace(text: string, [mark, by, limit]: readonly unknown[], run: Evaluation, at: number): string {
  const wanted = asText(mark, run, at);
  const instead = asText(by, run, at);
  const most = optionalNumber(limit, run, at) ?? Number.POSITIVE_INFINITY;
  if (wanted === '' || most < 0) return run.fail(at, wanted, 'a text to look for, and a limit of 0 or more');
  let answer = '';
  let position = 0;
  for (let count = 0; count < most; count++) {
    const found = text.indexOf(wanted, position);
    if (found < 0) break;
    answer += text.slice(position, found) + instead;
    // One step, and the length so far: two texts of the longest kind must not become one of their product.
    run.spend(1, at);
    if (answer.length > text.length) run.ofLength(answer.length, at);
    position = found + wanted.length;
  }
  return run.text(answer + text.slice(position), at);
}

function join([parts, between]: readonly unknown[], run: Evaluation, at: number): string | undefined {
  if (parts === undefined) return undefined;
  const texts = asList(parts).map((part) => asText(part, run, at));
  const by = between === undefined ? '' : asText(between, run, at);
  run.ofLength(
    texts.reduce((sum, { length }) => sum + length + by.length, 0),
    at,
  );
  return texts.join(by);
}
