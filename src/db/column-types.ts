import pg from 'pg';

/** Text of a timestamptz (DateStyle ISO) as an RFC 3339 instant in UTC, to the millisecond. */
function instant(text: string): string {
  const at = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  if (Number.isNaN(at.getTime()))
    throw new RangeError(`expected a timestamptz between years 1 and 9999, got "${text}"`);
  return at.toISOString();
}

/** A rounded key would find another row, so an integer that a number cannot hold is refused. */
function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a number: select it as text`);
  return value;
}

const unchanged = (text: string): string => text;

const { builtins } = pg.types;

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.TIMESTAMPTZ, instant],
  [builtins.DATE, unchanged],
  [builtins.INT8, integer],
  [builtins.NUMERIC, Number],
]);

/** Type ids of the arrays of the above; pg_type.dat of PostgreSQL, the same in every version. */
const ELEMENT_OF = new Map<number, number>([
  [1185, builtins.TIMESTAMPTZ],
  [1182, builtins.DATE],
  [1016, builtins.INT8],
  [1231, builtins.NUMERIC],
]);

for (const [array, element] of ELEMENT_OF) {
  const parse = parsers.get(element);
  if (parse) parsers.set(array, (text) => list(text).map((each) => (each === null ? null : parse(each))));
}

/** Elements of a one-dimensional array of the types above, whose text never holds a comma, a quote or a brace. */
function list(text: string): (string | null)[] {
  if (text === '{}') return [];
  return text
    .slice(1, -1)
    .split(',')
    .map((each) => (each === 'NULL' ? null : each.replaceAll('"', '')));
}

/**
 * How columns become values, for one pool: timestamptz → '2026-12-01T09:00:00.000Z', date → '2026-12-01',
 * bigint → number (refused when unsafe), numeric → number; all else as pg does it.
 * Handed to each pool, because pg's own table of parsers is shared by every user of pg in the process (pg-boss too).
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(id, format): unknown {
    const ours = format === 'binary' ? undefined : parsers.get(id);
    return ours ?? pg.types.getTypeParser(id, format);
  },
};
