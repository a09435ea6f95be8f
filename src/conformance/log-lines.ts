/** Everything that is logged while a behaviour runs, as text: before the hub's redactor has had a chance to save it. */
import { inspect } from 'node:util';
import { AdapterError } from '../adapter-kit/index.ts';
import type { Log } from '../domain/index.ts';
import { errorFields } from '../telemetry/error-fields.ts';

export function logLines(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const keep = ({ err, ...fields }: Readonly<Record<string, unknown>>, message: string): void => {
    lines.push(`${message} ${inspect({ ...fields, err: shown(err) }, { depth: 8, breakLength: Infinity })}`);
  };
  return { log: { debug: keep, info: keep, warn: keep, error: keep }, lines };
}

/** An adapter's own message is read by people; that of a parser or a socket beneath it is never shown. */
function shown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { ...errorFields(error), ...(error instanceof AdapterError ? { message: error.message } : {}) };
}
