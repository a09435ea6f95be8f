/** What may be logged of an error: its type, its codes and where it arose. */
import { HubError } from '../domain/index.ts';

const CAUSES_MAX = 5;
const FRAMES_MAX = 20;

/** Short words that errors carry beside their message: SQLSTATE or errno, an adapter's reason, what Postgres complained about. */
const CODES = [
  'code',
  'kind',
  'reason',
  'class',
  'vendorCode',
  'syscall',
  'constraint',
  'table',
  'column',
  'routine',
] as const;
const CODE = /^[\w.:-]{1,64}$/;

/**
 * Messages are left out: a database quotes the row in it, a parser the text. HubError's is public, free of PHI by its contract,
 * and stays. The stack is its frames; its head would repeat the message.
 */
export function errorFields(error: Error, depth = 0): Record<string, unknown> {
  const fields: Record<string, unknown> = { type: typeName(error) };
  if (error instanceof HubError) fields['message'] = error.message;
  for (const name of CODES) {
    const code: unknown = Reflect.get(error, name);
    if (typeof code === 'number' || (typeof code === 'string' && CODE.test(code))) fields[name] = code;
  }
  const frames = framesOf(error);
  if (frames !== '') fields['stack_trace'] = frames;
  if (depth < CAUSES_MAX) {
    if (isError(error.cause)) fields['cause'] = errorFields(error.cause, depth + 1);
    if (error instanceof AggregateError) {
      fields['errors'] = error.errors
        .filter(isError)
        .slice(0, CAUSES_MAX)
        .map((each) => errorFields(each, depth + 1));
    }
  }
  return fields;
}

/** Also one that comes from another realm, where `instanceof` says no. */
export const isError = (value: unknown): value is Error =>
  value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';

/** A name is set by whoever made the error: taken only where it looks like one. */
const typeName = (error: Error): string =>
  [error.name, error.constructor.name].find((each) => CODE.test(each)) ?? 'Error';

function framesOf(error: Error): string {
  const lines = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  // A line of the message may start like a frame, too: a frame also ends in a place.
  return lines
    .filter((line) => /^ {4}at .*(:\d+:\d+|<anonymous>|native)\)?$/.test(line) && !error.message.includes(line.trim()))
    .slice(0, FRAMES_MAX)
    .join('\n');
}
