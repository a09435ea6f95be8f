import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';

/** The hub counts every 10 seconds at most. */
const READ_EVERY_MS = 10_000;

export const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: () => answered(api.GET('/v1/overview')),
    refetchInterval: READ_EVERY_MS,
    staleTime: READ_EVERY_MS / 2,
    enabled: useMay('readOverview'),
  });
