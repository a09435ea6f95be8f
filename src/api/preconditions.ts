/** Versions as entity tags (RFC 9110, sections 8.8.3 and 13.1.1). */
import { HubError } from '../domain/index.ts';

export const etag = (version: number): string => `"${version}"`;

/**
 * The version that If-Match names; undefined when the header is missing or `*` (any version will do).
 * Errors: validation, when it is no entity tag; stale-version, when the tag cannot be of any version.
 */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const tag = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/.exec(ifMatch.trim());
  if (!tag) {
    throw new HubError(
      'validation',
      'If-Match must be the ETag of the resource, quotes included, as you have read it.',
      {
        errors: [{ pointer: '#/header/If-Match', detail: 'expected one entity tag, e.g. "3", or *' }],
      },
    );
  }
  // If-Match compares strongly: a weak tag matches nothing.
  if (ifMatch.trim().startsWith('W/') || !/^[1-9]\d{0,8}$/.test(tag[1] ?? '')) {
    throw new HubError(
      'stale-version',
      'If-Match names no present version. Read the resource again and send its ETag.',
    );
  }
  return Number(tag[1]);
}

export const preconditionRequired = (): HubError =>
  new HubError('precondition-required', 'Read the resource, and send its ETag as If-Match with the change.', {
    errors: [{ pointer: '#/header/If-Match', detail: 'is required, and is missing' }],
  });
