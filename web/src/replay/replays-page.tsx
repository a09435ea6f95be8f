import { Paper, Text } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { PLAN_STATES, type Plan } from './plan-words.ts';

const COLUMNS = [
  column<Plan>('state', 'State', ({ state }) => (
    <Condition colour={PLAN_STATES[state][1]}>{PLAN_STATES[state][0]}</Condition>
  )),
  column<Plan>('plan', 'Plan', (plan) => (
    <Link to="/replays/$id" params={{ id: plan.id }} fw={500}>
      {filterWords(plan)}
    </Link>
  )),
  column<Plan>('count', 'Transactions', ({ count }) => count.toLocaleString('en'), { isNumber: true }),
  column<Plan>('done', 'Succeeded', ({ progress }) => progress.succeeded.toLocaleString('en'), { isNumber: true }),
  column<Plan>('rate', 'A second', ({ ratePerSecond }) => ratePerSecond, { isNumber: true }),
  column<Plan>('by', 'By', ({ clientId }) => clientId),
  column<Plan>('at', 'Made', ({ createdAt }) => <Ago at={createdAt} />),
];

export function ReplaysPage() {
  const { rows, ...rest } = usePages({
    key: ['plans'],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/replay-plans', {
          params: { query: { limit, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
    refetchInterval: 5_000,
  });
  return (
    <Page title="Replays" about="Plans to send many transactions once more, newest first">
      <Paper withBorder>
        <Rows
          name="Plans"
          columns={COLUMNS}
          rows={rows}
          keyOf={(plan) => plan.id}
          hrefOf={(plan) => `/replays/${plan.id}`}
          empty={
            <Text size="sm">
              No plan yet. Make one from a list of{' '}
              <Link to="/transactions" search={{ state: 'failed' }}>
                failed transactions
              </Link>
              .
            </Text>
          }
          {...rest}
        />
      </Paper>
    </Page>
  );
}

function filterWords({ filter, mode }: Plan): string {
  const words = Object.entries(filter).flatMap(([name, value]) => (name === 'connection' ? [] : [`${name} ${value}`]));
  return `${words.join(', ') || 'all'}${mode === 'remap' ? ', with the present mapping' : ''}`;
}
