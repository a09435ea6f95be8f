/** Something that is done at the hub: afterwards everything that may tell of it is read again. */
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Problem } from '../api/problem.ts';

interface ActOptions<Input, Result> {
  readonly act: (input: Input) => Promise<Result>;
  /** Said when it is done. */
  readonly done: string | ((result: Result) => string);
  readonly after?: (result: Result) => void;
}

export function useAct<Input = void, Result = unknown>({ act, done, after }: ActOptions<Input, Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    // Somebody else was quicker: what is shown is old.
    onError: (error) => {
      if (error instanceof Problem && error.status === 409) void client.invalidateQueries();
    },
    onSuccess: (result) => {
      notifications.show({ color: 'green', message: typeof done === 'string' ? done : done(result) });
      void client.invalidateQueries();
      after?.(result);
    },
  });
}
