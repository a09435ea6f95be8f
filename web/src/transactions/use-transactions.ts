import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { usePages } from '../kit/pages.ts';
import { queryOf, withoutState, type TransactionSearch } from './filter.ts';

const PAGE = 50;

export const useTransactions = (search: TransactionSearch) =>
  usePages({
    key: ['transactions', search],
    read: (cursor, signal) =>
      answered(
        api.GET('/v1/transactions', {
          params: { query: { ...queryOf(search), limit: PAGE, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });

export function useCounts(search: TransactionSearch) {
  const filter = withoutState(search);
  return useQuery({
    queryKey: ['counts', filter],
    queryFn: ({ signal }) =>
      answered(api.GET('/v1/transaction-counts', { params: { query: queryOf(filter) }, signal })),
    placeholderData: (previous) => previous,
  });
}
