import type { Page, PageRequest } from '../../queries/page.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiReply } from '../operation.ts';

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** Errors: validation, when the cursor is none. */
export const pageRequest = ({ limit, cursor }: PageQuery): PageRequest => ({
  limit,
  after: cursor === undefined ? undefined : decodeCursor(cursor),
});

export const pageReply = ({ items, next }: Page<unknown>): ApiReply => ({
  status: 200,
  body: { items, nextCursor: cursorOf(next) },
});

const BEGIN = Buffer.from('{"items":[');
const COMMA = Buffer.from(',');

/** The same body, of items that are JSON already. */
export function pageJson({ items, next }: Page<Uint8Array>): Buffer {
  const parts: Uint8Array[] = [BEGIN];
  for (const item of items) parts.push(item, COMMA);
  if (items.length > 0) parts.pop();
  parts.push(Buffer.from(`],"nextCursor":${JSON.stringify(cursorOf(next))}}`));
  return Buffer.concat(parts);
}

const cursorOf = (next: readonly string[] | null): string | null => (next === null ? null : encodeCursor(next));
