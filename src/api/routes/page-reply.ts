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

/** The same body, of items that are JSON already. */
export const pageJson = ({ items, next }: Page<string>): Buffer =>
  Buffer.from(`{"items":[${items.join(',')}],"nextCursor":${JSON.stringify(cursorOf(next))}}`);

const cursorOf = (next: readonly string[] | null): string | null => (next === null ? null : encodeCursor(next));
