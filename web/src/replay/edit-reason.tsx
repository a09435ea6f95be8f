import { Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { SideBySide } from '../kit/side-by-side.tsx';

export interface Edit {
  /** Undefined: as it is. */
  readonly reason: string | undefined;
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
  const present = data?.reason ?? '';
  const toBe = edit.reason ?? present;
  return (
    <Stack gap="xs">
      <Textarea
        label="Reason, as it is to be"
        value={toBe}
        disabled={data === undefined}
        onChange={({ currentTarget: { value } }) => change({ ...edit, reason: value === present ? undefined : value })}
        maxLength={500}
        rows={3}
      />
      <SideBySide of="Reason" before={present} after={toBe} />
      <TextInput
        label="Why (for the second person, where one has to approve)"
        value={edit.why}
        onChange={(event) => change({ ...edit, why: event.currentTarget.value })}
        maxLength={1000}
      />
    </Stack>
  );
}
