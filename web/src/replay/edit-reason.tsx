import { SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

export interface Edit {
  readonly reason: string;
  /** For the second person. */
  readonly why: string;
}

interface EditReasonProps {
  readonly appointmentId: string;
  readonly edit: Edit;
  readonly change: (edit: Edit) => void;
}

/** What it is and what it is to be, side by side. */
export function EditReason({ appointmentId, edit, change }: EditReasonProps) {
  const { data } = useQuery({
    queryKey: ['appointment', appointmentId],
    queryFn: () => answered(api.GET('/v1/appointments/{id}', { params: { path: { id: appointmentId } } })),
  });
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Textarea label="Reason, as it is" value={data?.reason ?? ''} readOnly variant="filled" rows={3} />
        <Textarea
          label="Reason, as it is to be"
          value={edit.reason}
          onChange={(event) => change({ ...edit, reason: event.currentTarget.value })}
          maxLength={500}
          rows={3}
        />
      </SimpleGrid>
      <TextInput
        label="Why (for the second person, where one has to approve)"
        value={edit.why}
        onChange={(event) => change({ ...edit, why: event.currentTarget.value })}
        maxLength={1000}
      />
    </Stack>
  );
}
