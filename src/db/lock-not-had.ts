/** lock_not_available (lock_timeout ended the wait), deadlock_detected: PostgreSQL, Appendix A. */
const CODES: ReadonlySet<unknown> = new Set(['55P03', '40P01']);

/** Another transaction has the lock that a statement needed, and kept it. Nothing was done: it can be tried again. */
export const isLockNotHad = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && CODES.has(error.code);
