import { Paper, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { Link } from '../kit/link.tsx';
import { ConnectionName } from '../kit/name.tsx';
import { Page } from '../kit/page.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { Sparkline } from '../kit/sparkline.tsx';
import { KINDS } from '../kit/states.ts';
import { Ago } from '../kit/time.tsx';

type Group = Schemas['failure-group'];
const DAY_MS = 24 * 3600_000;
const DAYS = { '1': 'Last day', '7': 'Last 7 days', '30': 'Last 30 days' };

const columnsOver = (days: number) => [
  column<Group>('error', 'Error', (row) => (
    <Link
      to="/transactions"
      search={{ errorCode: row.errorCode, connection: row.connectionId, kind: row.kind }}
      fw={500}
    >
      {row.errorCode}
    </Link>
  )),
  column<Group>('class', 'Class', (row) => row.errorClass ?? <span className="quiet">–</span>),
  column<Group>('kind', 'What', (row) => KINDS[row.kind]),
  column<Group>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Group>('count', 'Transactions', (row) => row.count.toLocaleString('en'), { isNumber: true }),
  column<Group>(
    'waiting',
    'Wait for a person',
    (row) => (row.waiting > 0 ? <b>{row.waiting.toLocaleString('en')}</b> : <span className="quiet">0</span>),
    { isNumber: true },
  ),
  column<Group>('days', 'By day', (row) => (
    <Sparkline points={pointsOf(row, days)} label={`${row.count} in ${days} days`} width={Math.min(120, days * 14)} />
  )),
  column<Group>('first', 'First', (row) => <Ago at={row.firstAt} />),
  column<Group>('last', 'Last', (row) => <Ago at={row.lastAt} />),
  column<Group>('example', 'Latest', (row) => (
    <Link to="/transactions/$id" params={{ id: row.latestTransactionId }}>
      Open
    </Link>
  )),
];

/** The same error, met in the same way, is one row. */
export function FailuresPage() {
  const { days: chosen = '7', connection } = useSearch({ from: '/failures' });
  const navigate = useNavigate();
  const days = Number(chosen) || 7;
  const { data, error } = useQuery({
    queryKey: ['failures', days, connection],
    queryFn: async () => {
      const from = new Date(Date.now() - days * DAY_MS).toISOString();
      return (
        await answered(
          api.GET('/v1/failure-groups', {
            params: { query: { from, ...(connection !== undefined && { connection }) } },
          }),
        )
      ).items;
    },
  });
  return (
    <Page
      title="Failures"
      about="What goes wrong, grouped by error; what was met last comes first"
      actions={
        <Select
          aria-label="Span"
          size="xs"
          w={140}
          allowDeselect={false}
          data={Object.entries(DAYS).map(([value, label]) => ({ value, label }))}
          value={chosen}
          onChange={(value) => void navigate({ to: '/failures', search: (old) => ({ ...old, days: value ?? '7' }) })}
        />
      }
    >
      <Paper withBorder>
        <Rows
          name="Failures"
          columns={columnsOver(days)}
          rows={data}
          error={error}
          keyOf={(row) => [row.connectionId, row.kind, row.errorClass, row.errorCode].join(' ')}
          empty={<Text size="sm">Nothing went wrong in this time.</Text>}
        />
      </Paper>
    </Page>
  );
}

function pointsOf({ days: known }: Group, days: number) {
  const today = Math.floor(Date.now() / DAY_MS);
  const counts = new Map(known.map(({ day, count }) => [day, count]));
  return Array.from({ length: days }, (_, index) => {
    const day = new Date((today - (days - 1 - index)) * DAY_MS).toISOString().slice(0, 10);
    return { all: counts.get(day) ?? 0, troubled: 0 };
  });
}
