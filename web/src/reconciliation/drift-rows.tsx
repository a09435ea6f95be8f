import { Checkbox, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { paths } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago, Instant } from '../kit/time.tsx';
import { CAUSES, DRIFT_KINDS, SETTLEMENTS, type Drift } from './drift-words.ts';
import { SettleButtons } from './settle-buttons.tsx';

type Query = NonNullable<paths['/v1/drift']['get']['parameters']['query']>;

const COLUMNS = [
  column<Drift>('kind', 'Difference', (row) => (
    <>
      <Text size="sm" fw={500}>
        {DRIFT_KINDS[row.kind]}
      </Text>
      <div className="quiet">{CAUSES[row.cause]}</div>
    </>
  )),
  column<Drift>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Drift>('details', 'Where', (row) => <Details of={row} />),
  column<Drift>('settlement', 'Settlement', (row) => (
    <>
      {SETTLEMENTS[row.settlement]}
      {row.obstacle !== null && <div className="quiet">in the way: {row.obstacle}</div>}
      {row.settledBy !== null && <div className="quiet">by {row.settledBy}</div>}
    </>
  )),
  column<Drift>('found', 'Found', (row) => <Ago at={row.foundAt} />),
  column<Drift>('settle', '', (row) => (row.state === 'open' ? <SettleButtons of={[row.id]} /> : null)),
];

const pickColumn = (picked: ReadonlySet<string>, pick: (ids: readonly string[], isIn: boolean) => void) =>
  column<Drift>('pick', '', ({ id, state, kind, externalId }) =>
    state === 'open' ? (
      <Checkbox
        size="xs"
        aria-label={`Choose ${DRIFT_KINDS[kind]} ${externalId ?? ''}`}
        checked={picked.has(id)}
        onChange={(event) => pick([id], event.currentTarget.checked)}
      />
    ) : null,
  );

export function DriftRows({
  search,
}: {
  readonly search: Readonly<Partial<Record<'connection' | 'kind' | 'state' | 'run' | 'tab', string>>>;
}) {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const maySettle = useMay('resolveDrift');
  const { state = 'open', tab: _tab, ...rest } = search;
  const query = (state === 'any' ? rest : { ...rest, state }) as Query;
  const pages = usePages({
    key: ['drift', query],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/drift', {
          params: { query: { ...query, limit, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  const open = (pages.rows ?? []).filter((row) => row.state === 'open').map(({ id }) => id);
  const chosen = open.filter((id) => picked.has(id));
  const pick = (ids: readonly string[], isIn: boolean): void =>
    setPicked((old) => new Set(isIn ? [...old, ...ids] : [...old].filter((id) => !ids.includes(id))));
  return (
    <>
      {maySettle && open.length > 1 && (
        <Group px="sm" pt="sm" mih={44}>
          <Checkbox
            size="xs"
            label="All that are shown"
            checked={chosen.length === open.length}
            indeterminate={chosen.length > 0 && chosen.length < open.length}
            onChange={(event) => pick(open, event.currentTarget.checked)}
          />
          {chosen.length > 1 && <SettleButtons of={chosen} after={() => setPicked(new Set())} />}
        </Group>
      )}
      <Rows
        name="Differences"
        columns={maySettle && open.length > 1 ? [pickColumn(picked, pick), ...COLUMNS] : COLUMNS}
        keyOf={(row) => row.id}
        empty={<Text size="sm">Hospital and hub agree.</Text>}
        {...pages}
      />
    </>
  );
}

function Details({ of: { details, externalId, appointmentId, transactionId } }: { readonly of: Drift }) {
  const { start } = details as Readonly<Record<string, unknown>>;
  const isTime = typeof start === 'string' && !Number.isNaN(Date.parse(start));
  // Keys and ids are in the export.
  const told = Object.entries(details).flatMap(([name, value]) =>
    /(?:Id|^start|^end|^offered|^found)$/.test(name) ? [] : [`${name} ${String(value)}`],
  );
  return (
    <div style={{ maxWidth: 320 }}>
      {externalId !== null && <div className="mono">{externalId}</div>}
      {isTime && (
        <div className="quiet">
          there <Instant at={start} />
        </div>
      )}
      {told.length > 0 && <div className="quiet">{told.join(' · ')}</div>}
      {transactionId !== null && (
        <Link to="/transactions/$id" params={{ id: transactionId }}>
          Its transaction
        </Link>
      )}
      {transactionId === null && appointmentId !== null && (
        <Link to="/transactions" search={{ appointment: appointmentId }}>
          Its appointment
        </Link>
      )}
    </div>
  );
}
