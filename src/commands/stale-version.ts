import { HubError } from '../domain/index.ts';

/** Errors: stale-version, when If-Match was sent and names another version than the one that is there. */
export function checkVersion(version: number, expected: number | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new HubError(
    'stale-version',
    `If-Match names version ${expected}, but the present one is ${version}: somebody has changed it. Read it again, and repeat your change on what you find.`,
  );
}
