/** The functions of JSONata that may be called. None takes a regular expression, a function or a picture; none knows the time. */
import type { Evaluation } from './evaluation.ts';
import type { ExpressionFunction } from './expression-function.ts';
import { LIST_FUNCTIONS } from './list-functions.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { asBoolean, asNumber, finite, textOf } from './values.ts';

const DECIMAL = /^-?\d{1,300}(\.\d{1,300})?([Ee][-+]?\d{1,3})?$/;

const numeric = (count: (value: number) => number): ExpressionFunction => ({
  least: 1,
  most: 1,
  ofContext: true,
  run: ([value], run, at) => (value === undefined ? undefined : count(asNumber(value, run, at))),
});

const VALUE_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  ['string', { least: 1, most: 1, ofContext: true, run: ([value], run, at) => textOf(value, run, at) }],
  ['number', { least: 1, most: 1, ofContext: true, run: ([value], run, at) => numberOf(value, run, at) }],
  ['boolean', { least: 1, most: 1, ofContext: true, run: ([value], run, at) => asBoolean(value, run, at) }],
  [
    'not',
    {
      least: 1,
      most: 1,
      ofContext: true,
      run: ([value], run, at) => (value === undefined ? undefined : asBoolean(value, run, at) !== true),
    },
  ],
  ['exists', { least: 1, most: 1, ofContext: false, run: ([value]) => value !== undefined }],
  ['type', { least: 1, most: 1, ofContext: false, run: ([value]) => typeOf(value) }],
  ['floor', numeric(Math.floor)],
  ['ceil', numeric(Math.ceil)],
  ['abs', numeric(Math.abs)],
  [
    'round',
    {
      least: 1,
      most: 2,
      ofContext: true,
      run: ([value, places], run, at) =>
        value === undefined
          ? undefined
          : round(asNumber(value, run, at), places === undefined ? 0 : asNumber(places, run, at), run, at),
    },
  ],
];

export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map([
  ...VALUE_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
]);

function numberOf(value: unknown, run: Evaluation, at: number): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && DECIMAL.test(value)) return finite(Number(value), run, at);
  return run.fail(at, value, 'a number, or a text that is one', 'Remove blanks and signs by $trim or $replace first.');
}

/** Halves go to the even neighbour, as in JSONata. */
function round(value: number, places: number, run: Evaluation, at: number): number {
  const shift = (number: number, by: number): number => {
    const [digits = '', exponent = '0'] = String(number).split('e');
    return Number(`${digits}e${Number(exponent) + by}`);
  };
  const shifted = shift(value, places);
  const up = Math.round(shifted);
  const even = Math.abs(up - shifted) === 0.5 && Math.abs(up % 2) === 1 ? up - 1 : up;
  const result = finite(shift(even, -places), run, at);
  return result === 0 ? 0 : result;
}

function typeOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
