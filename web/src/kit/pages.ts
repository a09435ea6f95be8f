/** Lists of the API, page after page. */
import { useInfiniteQuery } from '@tanstack/react-query';

interface ApiPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

interface PagesOptions<Item> {
  readonly key: readonly unknown[];
  readonly read: (cursor: string | undefined, signal: AbortSignal) => Promise<ApiPage<Item>>;
  readonly refetchInterval?: number;
}

export function usePages<Item>({ key, read, refetchInterval }: PagesOptions<Item>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: ApiPage<Item>) => last.nextCursor ?? undefined,
    ...(refetchInterval !== undefined && { refetchInterval }),
  });
  return {
    rows: query.data?.pages.flatMap((page) => page.items),
    error: query.error,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    isReadingMore: query.isFetchingNextPage,
  };
}
