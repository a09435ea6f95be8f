import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

const byId = (id: string) => ({ params: { path: { id } } });

export const useTransaction = (id: string) =>
  useQuery({ queryKey: ['transaction', id], queryFn: () => answered(api.GET('/v1/transactions/{id}', byId(id))) });

export const useTimeline = (id: string) =>
  useQuery({
    queryKey: ['timeline', id],
    queryFn: async () => (await answered(api.GET('/v1/transactions/{id}/timeline', byId(id)))).items,
  });

/** All that was asked for the same appointment, oldest first. */
export const useRelated = (appointment: string | undefined) =>
  useQuery({
    queryKey: ['transactions', 'of', appointment],
    queryFn: async () =>
      (
        await answered(
          api.GET('/v1/transactions', { params: { query: { appointment: appointment ?? '', limit: 100 } } }),
        )
      ).items.toReversed(),
    enabled: appointment !== undefined,
  });
