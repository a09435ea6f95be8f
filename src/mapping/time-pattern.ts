/** Local dates and times as a pattern such as `M/d/yyyy` or `h:mm a` (the letters of Unicode CLDR, UTS 35), read and written. */
import type { Node } from 'yaml';
import type { DtmPrecision } from '../adapter-kit/hl7v2/dtm.ts';
import { Problem } from './yaml-file.ts';

/** Wall time. `hour` 0 to 23; what a pattern does not say is 0. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes east of UTC, where the text itself says so; then the zone is not asked. */
  readonly offsetMinutes?: number | undefined;
  /** Of a day that is known only in part; what is not known is 1. Without it the day is known. */
  readonly precision?: DtmPrecision | undefined;
}

export interface TimePattern {
  readonly hasDate: boolean;
  readonly hasClock: boolean;
  /** True when it can say a year or a month without a day. */
  readonly isPartial?: boolean;
  /** Undefined when the text does not fit the pattern or names no real day or time. */
  parse(text: string): WallTime | undefined;
  print(time: WallTime): string;
}

interface Token {
  readonly digits: string;
  readonly part: keyof WallTime | 'hour12' | 'half';
  readonly print: (time: WallTime) => string;
}

const two = (value: number): string => String(value).padStart(2, '0');
const twelve = (hour: number): number => ((hour + 11) % 12) + 1;

const TOKENS: ReadonlyMap<string, Token> = new Map<string, Token>([
  ['yyyy', { digits: String.raw`\d{4}`, part: 'year', print: ({ year }) => String(year).padStart(4, '0') }],
  ['M', { digits: String.raw`\d{1,2}`, part: 'month', print: ({ month }) => String(month) }],
  ['MM', { digits: String.raw`\d{2}`, part: 'month', print: ({ month }) => two(month) }],
  ['d', { digits: String.raw`\d{1,2}`, part: 'day', print: ({ day }) => String(day) }],
  ['dd', { digits: String.raw`\d{2}`, part: 'day', print: ({ day }) => two(day) }],
  ['H', { digits: String.raw`\d{1,2}`, part: 'hour', print: ({ hour }) => String(hour) }],
  ['HH', { digits: String.raw`\d{2}`, part: 'hour', print: ({ hour }) => two(hour) }],
  ['h', { digits: String.raw`\d{1,2}`, part: 'hour12', print: ({ hour }) => String(twelve(hour)) }],
  ['hh', { digits: String.raw`\d{2}`, part: 'hour12', print: ({ hour }) => two(twelve(hour)) }],
  ['mm', { digits: String.raw`\d{2}`, part: 'minute', print: ({ minute }) => two(minute) }],
  ['ss', { digits: String.raw`\d{2}`, part: 'second', print: ({ second }) => two(second) }],
  ['a', { digits: '[AaPp][Mm]', part: 'half', print: ({ hour }) => (hour < 12 ? 'AM' : 'PM') }],
]);

export function compilePattern(pattern: string, at: Node): TimePattern {
  const pieces: (Token | string)[] = [];
  for (const [piece] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    const token = TOKENS.get(piece);
    if (token) pieces.push(token);
    else if (piece.length > 1 && piece.startsWith("'")) pieces.push(piece.slice(1, -1).replaceAll("''", "'"));
    else if (/[A-Za-z']/.test(piece))
      throw new Problem(
        at,
        `"${piece}" is not known in a format; there are ${[...TOKENS.keys()].join(' ')}, and 'text' in quotes`,
      );
    else pieces.push(piece);
  }
  const tokens = pieces.filter((piece) => typeof piece !== 'string');
  const parts = tokens.map(({ part }) => part);
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined) throw new Problem(at, `the format "${pattern}" has its ${twice} twice`);
  const has = (...wanted: Token['part'][]): boolean => wanted.every((part) => parts.includes(part));
  if (has('hour12') !== has('half'))
    throw new Problem(at, `the format "${pattern}" has h without a, or a without h; with 24 hours write H`);
  const expression = new RegExp(
    `^${pieces.map((piece) => (typeof piece === 'string' ? escaped(piece) : `(${piece.digits})`)).join('')}$`,
  );
  const read = reader(parts);
  return {
    hasDate: has('year', 'month', 'day'),
    hasClock: has('hour') || has('hour12', 'half'),
    parse(text) {
      const found = expression.exec(text);
      return found ? read(found) : undefined;
    },
    print: (time) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.print(time))).join(''),
  };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** Of what a pattern has found, `parts` in their order; undefined where that is no real time. */
function reader(parts: readonly Token['part'][]): (found: readonly string[]) => WallTime | undefined {
  const number = (part: Token['part'], otherwise: number): ((found: readonly string[]) => number) => {
    const at = parts.indexOf(part) + 1;
    return at === 0 ? () => otherwise : (found) => Number(found[at]);
  };
  const [year, month, day] = [number('year', 1970), number('month', 1), number('day', 1)];
  const [hour, hour12] = [number('hour', 0), number('hour12', 12)];
  const [minute, second] = [number('minute', 0), number('second', 0)];
  const half = parts.indexOf('half') + 1;
  return (found) => {
    const twelfth = hour12(found);
    if (twelfth < 1 || twelfth > 12) return undefined;
    const time = {
      year: year(found),
      month: month(found),
      day: day(found),
      hour: half === 0 ? hour(found) : (twelfth % 12) + (found[half]?.toUpperCase() === 'PM' ? 12 : 0),
      minute: minute(found),
      second: second(found),
    };
    return isReal(time) ? time : undefined;
  };
}

/** A day of its month and a time of the day; leap seconds are no time that can be booked. */
export function isReal({ year, month, day, hour, minute, second }: WallTime): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
