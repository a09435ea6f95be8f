import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { usePages } from '../kit/pages.ts';
import { queryOf, withoutState, type TransactionSearch } from './filter.ts';

export const useTransactions = (search: TransactionSearch) =>
  usePages({
    key: ['transactions', search],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/transactions', {
          params: { query: { ...queryOf(search), limit, ...(cursor !== undefined && { cursor }) } },
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
