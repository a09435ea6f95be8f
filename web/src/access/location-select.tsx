import { MultiSelect } from '@mantine/core';
import { useLocations } from '../kit/names.ts';

interface LocationSelectProps {
  readonly value: string[];
  readonly onChange: (ids: string[]) => void;
  readonly error?: string | undefined;
}

/** Whom somebody is bound to; nothing chosen: the whole organization. */
export function LocationSelect({ value, onChange, error }: LocationSelectProps) {
  const { data } = useLocations();
  return (
    <MultiSelect
      label="Locations"
      description="Bound to these; none: the whole organization"
      data={(data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      error={error}
      searchable
      clearable
    />
  );
}
