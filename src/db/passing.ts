import { DatabaseAway } from './database-away.ts';

/** PostgreSQL, Appendix A: connection, state of the transaction, rollback, resources, object in use, operator, system. */
const CLASSES = /^(?:08|25|40|53|55|57|58)/;

/** It says nothing of what was asked: at another time, with nobody in the way, the same may succeed. Nothing was done, or it is not known. */
export const isPassing = (error: unknown): boolean =>
  error instanceof DatabaseAway ||
  (error instanceof Error && 'code' in error && typeof error.code === 'string' && CLASSES.test(error.code));
