/** The functions that the hub's statements call. One that is missing here is refused by its name. */
import type { Compiled } from './expression.ts';
import type { Scope } from './scope.ts';
import { instantMs, order, shown } from './values.ts';

const present = (values: readonly unknown[]): unknown[] => values.filter((value) => value !== null);

export const AGGREGATES: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  count: (values) => present(values).length,
  min: (values) => present(values).toSorted(order)[0] ?? null,
  max: (values) => present(values).toSorted(order).at(-1) ?? null,
  jsonb_agg: (values) => (values.length === 0 ? null : values),
};

type Call = (args: readonly Compiled[], now: () => number) => Compiled;

const typed = (args: readonly Compiled[]): string => args.find(({ type }) => type !== 'unknown')?.type ?? 'unknown';
const first = (type: string, work: (value: unknown) => unknown): Call => {
  return ([arg]) => ({
    type,
    of: (scope) => {
      const value = arg?.of(scope) ?? null;
      return value === null ? null : work(value);
    },
  });
};

/** Values of one type: an instant among them makes instants of texts. */
const alike = (args: readonly Compiled[], choose: (values: readonly unknown[]) => unknown): Compiled => {
  const type = typed(args);
  const read = type === 'timestamptz' ? instantMs : (value: unknown) => value;
  return { type, of: (scope) => choose(args.map((each) => read(each.of(scope)))) };
};

const CALLS: Readonly<Record<string, Call>> = {
  now: (_, now) => ({ type: 'timestamptz', of: now }),
  clock_timestamp: (_, now) => ({ type: 'timestamptz', of: now }),
  coalesce: (args) => {
    const type = typed(args);
    const read = type === 'timestamptz' ? instantMs : (value: unknown) => value;
    // What a column of jsonb would be is no text to be read.
    const json =
      type === 'jsonb' ? (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value) : read;
    return {
      type,
      of: (scope: Scope) => {
        for (const each of args) {
          const value = each.of(scope);
          if (value !== null) return json(value);
        }
        return null;
      },
    };
  },
  greatest: (args) => alike(args, (values) => present(values).toSorted(order).at(-1) ?? null),
  least: (args) => alike(args, (values) => present(values).toSorted(order)[0] ?? null),
  lower: first('text', (value) => String(value).toLowerCase()),
  length: first('integer', (value) => String(value).length),
  ceil: first('number', (value) => Math.ceil(Number(value))),
  epoch: first('number', (value) => Number(value) / 1_000),
  to_jsonb: first('jsonb', (value) => value),
  // Instants are asked for in the form in which JavaScript writes them, dates in the form in which they are kept.
  to_char: first('text', (value) => (typeof value === 'number' ? new Date(value).toISOString() : value)),
  jsonb_build_object: (args) => ({
    type: 'jsonb',
    of: (scope) => {
      const made: Record<string, unknown> = {};
      for (let index = 0; index + 1 < args.length; index += 2) {
        const value = args[index + 1];
        if (value) made[String(args[index]?.of(scope))] = inJson(value.of(scope), value.type);
      }
      return made;
    },
  }),
  decode: ([text, encoding]) => ({
    type: 'bytea',
    of: (scope) => {
      const value = text?.of(scope) ?? null;
      return value === null ? null : Buffer.from(value as string, encoding?.of(scope) as BufferEncoding);
    },
  }),
  encode: ([bytes, encoding]) => ({
    type: 'text',
    of: (scope) => {
      const value = bytes?.of(scope) ?? null;
      return Buffer.isBuffer(value) ? value.toString(encoding?.of(scope) as BufferEncoding) : null;
    },
  }),
  // One statement runs at a time: the lock is had at once.
  pg_advisory_xact_lock: first('void', () => null),
  hashtextextended: first('bigint', () => 0),
  // Nobody here reads events by who wrote them.
  pg_current_xact_id: () => ({ type: 'xid8', of: () => 1 }),
};

/** An instant as Postgres writes it into JSON, e.g. 2026-03-03T10:30:00.5+00:00. */
function inJson(value: unknown, type: string): unknown {
  const json = shown(value, type);
  return type === 'timestamptz' && typeof json === 'string' ? json.replace(/\.?0*Z$/, '+00:00') : json;
}

export function callOf(name: string, args: readonly Compiled[], now: () => number): Compiled {
  const call = CALLS[name];
  if (!call) throw new Error(`the simulated database knows no function ${name}()`);
  return call(args, now);
}
