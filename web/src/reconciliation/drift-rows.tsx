import { Button, Group, Text } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import type { paths } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';
import { CAUSES, DRIFT_KINDS, SETTLEMENTS, type Drift } from './drift-words.ts';

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
  column<Drift>('settle', '', (row) => <Settle drift={row} />),
];

export function DriftRows({
  search,
}: {
  readonly search: Readonly<Partial<Record<'connection' | 'kind' | 'state' | 'run', string>>>;
}) {
  const { state = 'open', ...rest } = search;
  const query = (state === 'any' ? rest : { ...rest, state }) as Query;
  const pages = usePages({
    key: ['drift', query],
    read: (cursor, signal) =>
      answered(
        api.GET('/v1/drift', {
          params: { query: { ...query, limit: 50, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <Rows
      name="Differences"
      columns={COLUMNS}
      keyOf={(row) => row.id}
      empty={<Text size="sm">Hospital and hub agree.</Text>}
      {...pages}
    />
  );
}

function Details({ of: { details, externalId, appointmentId, transactionId } }: { readonly of: Drift }) {
  const told = Object.entries(details).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <div style={{ maxWidth: 320 }}>
      {externalId !== null && <div className="mono">{externalId}</div>}
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

function Settle({ drift }: { readonly drift: Drift }) {
  const may = useMay('resolveDrift');
  const settle = useAct({
    act: (settlement: 'his-wins' | 'hub-wins') =>
      answered(api.POST('/v1/drift/{id}/resolve', { params: { path: { id: drift.id } }, body: { settlement } })),
    done: 'Settled.',
  });
  if (!may || drift.state !== 'open') return null;
  return (
    <Group gap={6}>
      <Button variant="default" onClick={() => settle.mutate('his-wins')} loading={settle.isPending}>
        Follow the hospital
      </Button>
      <Button variant="default" onClick={() => settle.mutate('hub-wins')} loading={settle.isPending}>
        Keep ours
      </Button>
    </Group>
  );
}
