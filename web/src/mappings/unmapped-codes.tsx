import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { ConnectionName } from '../kit/name.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';

type Code = Schemas['unmapped-code'];

const COLUMNS = [
  column<Code>('code', 'Code', ({ code }) => <span className="mono">{code}</span>),
  column<Code>('table', 'Table', ({ table, mappings }) => (
    <>
      {table}
      <div className="quiet">{mappings.join(', ')}</div>
    </>
  )),
  column<Code>('connection', 'Connection', ({ connectionId }) => <ConnectionName of={connectionId} />),
  column<Code>('waiting', 'Wait for it', ({ waiting }) => waiting.toLocaleString('en'), { isNumber: true }),
  column<Code>('first', 'First seen', ({ firstSeenAt }) => <Ago at={firstSeenAt} />),
  column<Code>('map', 'It means', (row) => <MapCode code={row} />),
];

/** A work list: say what a code means, and what waits for it goes on by itself. */
export function UnmappedCodes({ connection }: { readonly connection: string | undefined }) {
  const pages = usePages({
    key: ['mappings', 'unmapped', 'list', connection],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/unmapped-codes', {
          params: {
            query: {
              limit,
              ...(connection !== undefined && { connection }),
              ...(cursor !== undefined && { cursor }),
            },
          },
          signal,
        }),
      ),
  });
  return (
    <Rows
      name="Unmapped codes"
      likely={1}
      columns={COLUMNS}
      keyOf={(row) => row.id}
      empty={<Text size="sm">All codes are mapped.</Text>}
      {...pages}
    />
  );
}

function MapCode({ code }: { readonly code: Code }) {
  const [value, setValue] = useState('');
  const may = useMay('mapCode');
  const map = useAct({
    act: () =>
      answered(
        api.POST('/v1/unmapped-codes/{id}/map', { params: { path: { id: code.id } }, body: { value: value.trim() } }),
      ),
    done: 'Mapped. What waited for it goes on.',
  });
  if (!may) return <span className="quiet">an engineer says so</span>;
  return (
    <Group gap={6} wrap="nowrap">
      <TextInput
        size="xs"
        aria-label={`What ${code.code} means`}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button variant="default" disabled={value.trim() === ''} loading={map.isPending} onClick={() => map.mutate()}>
        Map
      </Button>
    </Group>
  );
}
