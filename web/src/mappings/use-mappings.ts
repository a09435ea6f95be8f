import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

export const useMappings = (connection: string | undefined) =>
  useQuery({
    queryKey: ['mappings', connection],
    queryFn: async () =>
      (
        await answered(
          api.GET('/v1/mappings', {
            params: { query: { limit: 200, ...(connection !== undefined && { connection }) } },
          }),
        )
      ).items,
  });

const of = (name: string, connection: string) => ({ path: { name }, query: { connection } });

export const useVersions = (name: string, connection: string) =>
  useQuery({
    queryKey: ['mapping', name, connection, 'versions'],
    queryFn: async () =>
      (await answered(api.GET('/v1/mappings/{name}/versions', { params: of(name, connection) }))).items,
  });

export const useVersionFiles = (name: string, connection: string, number: number | undefined) =>
  useQuery({
    queryKey: ['mapping', name, connection, 'files', number],
    queryFn: async () => {
      const params = { path: { name, number: String(number) }, query: { connection } };
      return (await answered(api.GET('/v1/mappings/{name}/versions/{number}', { params }))).files ?? {};
    },
    enabled: number !== undefined,
    // A version never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
