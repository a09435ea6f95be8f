import type { Caller } from '../domain/index.ts';

/** The SQL condition that `column` (a location's id) is one of the caller's; undefined when it is bound to none. Adds to `values`. */
export const atLocationsOf = (caller: Caller, column: string, values: unknown[]): string | undefined =>
  caller.locationIds && `${column} = any($${values.push(caller.locationIds)}::uuid[])`;
