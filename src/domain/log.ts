/** The log, as everybody may use it: one line per change of state; fields are ids and codes, never PHI. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Something went wrong, and the hub recovers by itself. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** A person must act. */
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
