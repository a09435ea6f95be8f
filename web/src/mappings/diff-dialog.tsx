import { Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { sayProblem } from '../api/problem.ts';
import { Facts } from '../kit/facts.tsx';
import { Failure } from '../kit/failure.tsx';
import type { Files } from './examples.ts';

interface DiffDialogProps {
  readonly name: string;
  readonly connection: string;
  readonly files: Files;
  readonly close: () => void;
}

/** Maps what the hospital sent last with the version in use and with this one, and compares. Nothing is sent. */
export function DiffDialog({ name, connection, files, close }: DiffDialogProps) {
  const { data, error } = useQuery({
    queryKey: ['mapping', name, connection, 'diff', files],
    queryFn: () =>
      answered(
        api.POST('/v1/mappings/{name}/diff', { params: { path: { name } }, body: { connectionId: connection, files } }),
      ),
    gcTime: 0,
  });
  return (
    <Modal opened onClose={close} title="On what was recorded last" size="lg">
      {error && <Failure>{sayProblem(error)}</Failure>}
      {!error && !data && <Skeleton height={160} />}
      {data && (
        <Stack>
          <Text size="sm">
            {data.total === 0
              ? 'Nothing was recorded yet for this mapping.'
              : `${data.total} inputs, mapped with the version in use and with this one.`}
          </Text>
          <Facts
            of={[
              ['The same', data.same],
              ['Others', data.changed],
              ['Fail now', data.failed],
              ['Fail no more', data.recovered],
              ['Fail with both', data.bothFailed],
              ...data.changedFields.map(({ field, messages }) => [field, `other in ${messages}`] as const),
              ...data.failedFields.map(({ field, messages }) => [field, `fails in ${messages}`] as const),
            ]}
          />
        </Stack>
      )}
    </Modal>
  );
}
