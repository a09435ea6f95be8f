/** Names of what ids stand for: read once, kept, shared by all pages. */
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';

const KEPT_MS = 300_000;
const ALL = { query: { limit: 200 } };

export const useConnections = () =>
  useQuery({
    queryKey: ['connections'],
    queryFn: async () => (await answered(api.GET('/v1/connections', { params: ALL }))).items,
    staleTime: 30_000,
    enabled: useMay('listConnections'),
  });

export function useConnectionName(): (id: string | null | undefined) => string {
  const { data } = useConnections();
  const isTold = useMay('listConnections');
  return (id) => data?.find((each) => each.id === id)?.name ?? (id ? (isTold ? '…' : 'the hospital') : 'none');
}

export const useLocations = (isNeeded = true) =>
  useQuery({
    queryKey: ['locations'],
    queryFn: async () => (await answered(api.GET('/v1/locations', { params: ALL }))).items,
    staleTime: KEPT_MS,
    enabled: isNeeded,
  });

/** Whether the names that these columns tell are known, or cannot be: a table whose names come later than its rows moves. */
export function useAreNamesKnown(columns: readonly { readonly id: string }[]): boolean {
  const tells = (id: string): boolean => columns.some((each) => each.id === id);
  const connections = useConnections();
  const locations = useLocations(tells('location'));
  return !(tells('connection') && connections.isLoading) && !locations.isLoading;
}

export function useLocationName(): (id: string | undefined) => string {
  const { data } = useLocations();
  return (id) => data?.find((each) => each.id === id)?.name ?? '…';
}

export function useProviderName(id: string | undefined): string {
  const { data } = useQuery({
    queryKey: ['provider', id],
    queryFn: () => answered(api.GET('/v1/providers/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: id !== undefined,
    staleTime: KEPT_MS,
  });
  if (!data) return '…';
  const { prefix, given, family } = data.name;
  return [prefix, ...given, family].filter(Boolean).join(' ');
}
