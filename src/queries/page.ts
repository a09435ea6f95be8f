/** Pages by key, not by number: what is inserted meanwhile moves nothing that a reader has seen, or will see. */
import { HubError } from '../domain/index.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The key of the last item, to be handed back as `after`; null when there is no more. */
  readonly next: readonly string[] | null;
}

export interface PageRequest {
  /** Items at most. */
  readonly limit: number;
  readonly after?: readonly string[] | undefined;
}

/** What the caller sent as a cursor was not made by this list. */
export const badCursor = (cause?: unknown): HubError =>
  new HubError('validation', 'The cursor is not one that this list gave out. Start again without it.', {
    errors: [
      {
        pointer: '#/query/cursor',
        detail: 'expected nextCursor of the previous page of the same list, with the same sort',
      },
    ],
    cause,
  });

/** Runs a statement that asks for limit + 1 rows with a text key each. Errors: validation, when the cursor does not fit the key. */
export async function readPage<Item>(
  { limit, after }: PageRequest,
  read: (
    limit: number,
  ) => Promise<{ readonly rows: readonly { readonly item: Item; readonly key: readonly string[] }[] }>,
): Promise<Page<Item>> {
  try {
    const { rows } = await read(limit + 1);
    const shown = rows.slice(0, limit);
    return { items: shown.map((row) => row.item), next: rows.length > limit ? (shown.at(-1)?.key ?? null) : null };
  } catch (error) {
    // Class 22, data exception: the only data here that no contract has seen is the cursor's content.
    if (after && error instanceof Error && 'code' in error && String(error.code).startsWith('22'))
      throw badCursor(error);
    throw error;
  }
}
