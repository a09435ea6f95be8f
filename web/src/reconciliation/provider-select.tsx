import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useConnectionName, useProviderName } from '../kit/names.ts';

interface ProviderSelectProps {
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
}

const TYPING_MS = 250;

/** Found by a part of the name: there may be thousands. */
export function ProviderSelect({ chosen, choose }: ProviderSelectProps) {
  const [typed, type] = useState('');
  const chosenName = useProviderName(chosen);
  const connectionName = useConnectionName();
  const [sought] = useDebouncedValue(typed === chosenName ? '' : typed.trim(), TYPING_MS);
  const { data } = useQuery({
    queryKey: ['providers', sought],
    queryFn: async () =>
      (
        await answered(
          api.GET('/v1/providers', { params: { query: { limit: 50, ...(sought !== '' && { q: sought }) } } }),
        )
      ).items,
    placeholderData: keepPreviousData,
  });
  const found = (data ?? []).map(({ id, name, connectionId }) => ({
    value: id,
    label: [name.prefix, ...name.given, name.family].filter(Boolean).join(' '),
    connection: connectionName(connectionId),
  }));
  const isFound = chosen === undefined || found.some(({ value }) => value === chosen);
  return (
    <Select
      aria-label="Provider"
      placeholder="A provider …"
      size="xs"
      w={260}
      searchable
      // The hub has looked already, and knows more than the name.
      filter={({ options }) => options}
      data={isFound ? found : [{ value: chosen, label: chosenName, connection: '' }, ...found]}
      value={chosen ?? null}
      allowDeselect={false}
      onSearchChange={type}
      onChange={(id) => id !== null && choose(id)}
      nothingFoundMessage="Nobody of that name"
      renderOption={({ option }) => (
        <div>
          {option.label}
          <div className="quiet">{found.find(({ value }) => value === option.value)?.connection}</div>
        </div>
      )}
    />
  );
}
