import { MutationCache, QueryClient } from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { onSession } from '../session/session.ts';
import { Problem, sayProblem } from './problem.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused is refused again; what did not arrive may arrive.
      retry: (times, error) => times < 2 && !(error instanceof Problem && error.status < 500),
    },
  },
  mutationCache: new MutationCache({
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Not done', message: sayProblem(error), autoClose: 10_000 }),
  }),
});

// What one person has read is not for the next.
onSession(() => queryClient.clear());
