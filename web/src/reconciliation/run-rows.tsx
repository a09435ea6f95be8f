import { Text } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';

type Run = Schemas['reconciliation-run'];
const COLOURS = { waiting: 'busy', running: 'busy', done: 'good', failed: 'bad' } as const;

const COLUMNS = [
  column<Run>('state', 'State', ({ state, errorCode }) => (
    <Condition colour={COLOURS[state]}>{errorCode ?? state}</Condition>
  )),
  column<Run>('connection', 'Connection', ({ connectionId }) => <ConnectionName of={connectionId} />),
  column<Run>('counts', 'Compared and found', ({ counts }) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
      .join(' · '),
  ),
  column<Run>('by', 'Asked for by', ({ askedBy }) => askedBy ?? 'the schedule'),
  column<Run>('at', 'When', ({ askedAt }) => <Ago at={askedAt} />),
  column<Run>('drift', '', ({ id }) => (
    <Link to="/reconciliation" search={{ run: id, state: 'any', tab: 'drift' }}>
      Its differences
    </Link>
  )),
];

export function RunRows({ connection }: { readonly connection: string | undefined }) {
  const pages = usePages({
    key: ['runs', connection],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/reconciliation-runs', {
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
      name="Runs"
      columns={COLUMNS}
      keyOf={(run) => run.id}
      empty={<Text size="sm">None yet. The schedule runs one by itself; a connection’s page can ask for one now.</Text>}
      {...pages}
    />
  );
}
