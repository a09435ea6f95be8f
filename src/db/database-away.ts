/**
 * The database could not be asked, it takes no writes or has run out of something, or its answer was lost: whether a commit took effect is
 * then not known.
 */
export class DatabaseAway extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'DatabaseAway';
  }
}

/**
 * PostgreSQL, Appendix A: class 08; class 53, what the server has run out of (its disk, its memory, its connections); the server that stops,
 * has crashed, or is starting; and the one that may only read: a standby, or what was the primary until a failover.
 */
const SQLSTATES = /^(08...|53...|57P0[123]|25006)$/;
const SYSTEM_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Of pg and pg-pool, which give these no code. */
const MESSAGES =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** For a rejection of pg: throws a DatabaseAway for an error of the connection, and every other as it is. */
export function throwOrAway(error: unknown): never {
  throw error instanceof Error && isOfConnection(error) ? new DatabaseAway(error) : error;
}

function isOfConnection(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === undefined ? MESSAGES.test(error.message) : SYSTEM_ERRORS.has(code) || SQLSTATES.test(code);
}
