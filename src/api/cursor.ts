/** Cursors of lists: opaque to callers, the key of the last row to the query behind. */
import { HubError } from '../domain/index.ts';

/** `key`: the texts that the list is ordered by, of its last row. No PHI: a cursor travels in URLs. */
export const encodeCursor = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** Errors: validation, when no list of the hub can have given it out. */
export function decodeCursor(cursor: string): readonly string[] {
  const key = parsed(cursor);
  const texts: readonly unknown[] = Array.isArray(key) ? key : [];
  const parts = texts.filter((part) => typeof part === 'string').filter((part) => !part.includes('\0'));
  if (parts.length === 0 || parts.length < texts.length) {
    throw new HubError('validation', 'The cursor is not one that this list gave out. Start again without it.', {
      errors: [{ pointer: '#/query/cursor', detail: 'expected nextCursor of the previous page of the same list' }],
    });
  }
  return parts;
}

function parsed(cursor: string): unknown {
  if (!/^[\w-]+$/.test(cursor)) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
