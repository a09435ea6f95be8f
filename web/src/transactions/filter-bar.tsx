import { CloseButton, Group, Pill, Select, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMay } from '../api/may.ts';
import { KINDS } from '../kit/states.ts';
import { useConnections } from '../kit/names.ts';
import { shortId } from '../kit/id.tsx';
import { OwnerFilter } from '../owner/owner-filter.tsx';
import type { TransactionSearch } from './filter.ts';
import { SPANS, spanOf, startOf } from './spans.ts';

interface FilterBarProps {
  readonly search: TransactionSearch;
  readonly change: (change: TransactionSearch) => void;
}

const TYPING_MS = 350;
/** Filters that come with a link, and are only taken away here. */
const BY_LINK = [
  ['errorCode', 'Error'],
  ['appointment', 'Appointment'],
  ['patient', 'Patient'],
  ['externalId', 'Key at the hospital'],
] as const;

export function FilterBar({ search, change }: FilterBarProps) {
  const { data: connections } = useConnections();
  const [mayChoose, mayOwn] = [useMay('listConnections'), useMay('assignTransaction')];
  return (
    <Group gap="xs" role="search" aria-label="Filter">
      <SearchText search={search} change={change} />
      {mayChoose && (
        <Select
          aria-label="Connection"
          placeholder="Any connection"
          size="xs"
          w={190}
          clearable
          searchable
          data={(connections ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={search.connection ?? null}
          onChange={(connection) => change({ connection: connection ?? '' })}
        />
      )}
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        size="xs"
        w={110}
        clearable
        data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
        value={search.kind ?? null}
        onChange={(kind) => change({ kind: kind ?? '' })}
      />
      <Select
        aria-label="Asked for"
        size="xs"
        w={150}
        data={Object.keys(SPANS)}
        value={spanOf(search.from)}
        onChange={(span) => change({ from: startOf(span), to: '' })}
        allowDeselect={false}
      />
      {mayOwn && <OwnerFilter owner={search.owner} change={(owner) => change({ owner })} />}
      {BY_LINK.map(([name, label]) => {
        const value = search[name];
        return (
          value !== undefined && (
            <Pill
              key={name}
              withRemoveButton
              onRemove={() => change({ [name]: '' })}
              removeButtonProps={{ 'aria-label': `Without ${label}` }}
            >
              {label}: {shortId(value)}
            </Pill>
          )
        );
      })}
    </Group>
  );
}

function SearchText({ search, change }: FilterBarProps) {
  const given = search.q ?? '';
  const [text, setText] = useState(given);
  const [seen, setSeen] = useState(given);
  const [sent, setSent] = useState(given);
  // It was changed from elsewhere, by a view or a link: what is being typed here is older.
  if (seen !== given) {
    setSeen(given);
    if (given !== sent) setText(given);
  }
  useEffect(() => {
    if (text.trim() === given) return undefined;
    const timer = setTimeout(() => {
      setSent(text.trim());
      change({ q: text.trim() });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, given, change]);
  return (
    <TextInput
      aria-label="Search"
      placeholder="Id, key at the hospital, or error contains …"
      size="xs"
      w={280}
      leftSection={<Search size={14} />}
      rightSection={text !== '' && <CloseButton size="xs" aria-label="Clear the search" onClick={() => setText('')} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}
