import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { paths, Schemas } from '../api/contract.ts';
import { Link } from '../kit/link.tsx';
import { ConnectionName } from '../kit/name.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { wholeDay } from '../kit/times.ts';
import { DRIFT_KINDS } from './drift-words.ts';

type Day = Schemas['drift-day'];
type Query = NonNullable<paths['/v1/drift-days']['get']['parameters']['query']>;

const COLUMNS = [
  column<Day>('day', 'Day', (row) => (row.day === null ? <span className="quiet">no day</span> : wholeDay(row.day))),
  column<Day>('provider', 'Provider', ({ providerId, providerName, day }) =>
    providerId === null || day === null ? (
      (providerName ?? <span className="quiet">nobody in particular</span>)
    ) : (
      <Link to="/reconciliation/day" search={{ provider: providerId, date: day }} fw={500}>
        {providerName}
      </Link>
    ),
  ),
  column<Day>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Day>('kinds', 'Differences', ({ kinds }) =>
    Object.entries(kinds).map(([kind, count]) => (
      <div key={kind}>
        {DRIFT_KINDS[kind as keyof typeof DRIFT_KINDS]} <span className="quiet numbers">× {count}</span>
      </div>
    )),
  ),
  column<Day>('open', 'Open', ({ open }) => (open > 0 ? <b>{open}</b> : <span className="quiet">0</span>), {
    isNumber: true,
  }),
  column<Day>('settled', 'Settled', ({ settled }) => settled.toLocaleString('en'), { isNumber: true }),
];

interface DriftDaysProps {
  readonly connection: string | undefined;
  readonly state: string;
}

/** Where it is worth looking at a whole day. */
export function DriftDays({ connection, state }: DriftDaysProps) {
  const query = { ...(connection !== undefined && { connection }), ...(state !== 'any' && { state }) } as Query;
  const { data, error } = useQuery({
    queryKey: ['drift', 'days', query],
    queryFn: async () => (await answered(api.GET('/v1/drift-days', { params: { query } }))).items,
  });
  return (
    <Rows
      name="Differences by provider and day"
      columns={COLUMNS}
      rows={data}
      error={error}
      keyOf={(row) => [row.connectionId, row.providerId, row.day].join(' ')}
      empty={<Text size="sm">Hospital and hub agree.</Text>}
    />
  );
}
