/** All pages of a list, for a file: more than fit a screen, and no more than a browser holds with ease. */
interface ApiPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** One page: from a cursor on, of so many rows at most. */
export type ReadPage<Item> = (cursor: string | undefined, signal: AbortSignal, limit: number) => Promise<ApiPage<Item>>;

export interface WholeList<Item> {
  readonly rows: readonly Item[];
  /** There is more. */
  readonly isCut: boolean;
}

export const EXPORTED_MAX = 10_000;
/** The most that the hub gives at once. */
const PAGE_MAX = 200;

/** `tell`: how many there are so far. Rejects when a page cannot be read, or `signal` is aborted. */
export async function readAll<Item>(
  read: ReadPage<Item>,
  tell: (count: number) => void,
  signal: AbortSignal,
  max = EXPORTED_MAX,
): Promise<WholeList<Item>> {
  const rows: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await read(cursor, signal, Math.min(PAGE_MAX, max - rows.length));
    rows.push(...items);
    tell(rows.length);
    if (nextCursor === null || rows.length >= max) return { rows, isCut: nextCursor !== null };
    cursor = nextCursor;
  }
}
