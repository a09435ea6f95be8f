/** Lists of the API, page after page. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { readAll, type ReadPage } from './read-all.ts';
import type { ReadWhole } from './use-export-all.ts';

interface PagesOptions<Item> {
  readonly key: readonly unknown[];
  readonly read: ReadPage<Item>;
  readonly refetchInterval?: number;
}

/** Rows that are shown at once, and more each time. */
const PAGE = 50;

export function usePages<Item extends object>({ key, read, refetchInterval }: PagesOptions<Item>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal, PAGE),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    ...(refetchInterval !== undefined && { refetchInterval }),
  });
  const readWhole: ReadWhole = (tell, signal) => readAll(read, tell, signal);
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    error: query.error,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    isReadingMore: query.isFetchingNextPage,
    readWhole: query.hasNextPage ? readWhole : undefined,
  };
}
