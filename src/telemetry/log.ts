/** The log: one line of JSON for each change of state, with the field names of the Elastic Common Schema. */
import { ecsFormat } from '@elastic/ecs-pino-format';
import { pino, type DestinationStream } from 'pino';
import type { Log } from '../domain/index.ts';
import { errorFields, isError } from './error-fields.ts';
import { createRedact } from './redact.ts';

export interface LogOptions {
  /** fatal, error, warn, info, debug, trace or silent. */
  readonly level: string;
  /** Names of the properties marked `x-phi` in the contracts. */
  readonly phiKeys: Iterable<string>;
  /** Standard output unless given: written asynchronously, and flushed when the process exits. */
  readonly destination?: DestinationStream;
}

export interface FlushableLog extends Log {
  /** Resolves when all lines so far are written. */
  flush(): Promise<void>;
}

/** Set by the format itself; a field of that name would make a second one in the line, and readers differ in which counts. */
const OF_THE_FORMAT = new Set(
  [
    '@timestamp message log log.level log.logger ecs ecs.version process process.pid host host.hostname',
    'service service.name event event.dataset',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Fields are redacted by name, at any depth (see redact.ts); an error, under `err` or `error`, becomes ECS `error.*` without its
 * message (see error-fields.ts). Texts are JSON strings: no line break or terminal sequence in them has any effect.
 */
export function createLog({ level, phiKeys, destination }: LogOptions): FlushableLog {
  const redact = createRedact(phiKeys);
  const ecs = ecsFormat({ apmIntegration: false, serviceName: 'tessera', convertErr: false });
  const logger = pino(
    { ...ecs, level, formatters: { ...ecs.formatters, log: (fields) => lineFields(fields, redact) } },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    flush: () => new Promise((settle, fail) => logger.flush((error) => (error ? fail(error) : settle()))),
  };
}

function lineFields(
  fields: Record<string, unknown>,
  redact: (fields: Record<string, unknown>) => Record<string, unknown>,
) {
  const { err, error = err, ...rest } = fields;
  const line: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(redact(rest))) line[OF_THE_FORMAT.has(key) ? `labels.${key}` : key] = value;
  if (isError(error)) line['error'] = errorFields(error);
  else if (error !== undefined) Object.assign(line, redact({ error }));
  return line;
}
