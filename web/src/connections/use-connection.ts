import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

export const useConnection = (id: string) =>
  useQuery({
    queryKey: ['connections', id],
    queryFn: () => answered(api.GET('/v1/connections/{id}', { params: { path: { id } } })),
  });

export const useHealth = (id: string) =>
  useQuery({
    queryKey: ['health', id],
    queryFn: () => answered(api.GET('/v1/connections/{id}/health', { params: { path: { id } } })),
    refetchInterval: 5_000,
  });

export const useAdapters = () =>
  useQuery({
    queryKey: ['adapters'],
    queryFn: async () => (await answered(api.GET('/v1/adapters'))).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
