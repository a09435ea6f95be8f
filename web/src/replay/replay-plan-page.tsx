import { Paper, SimpleGrid, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import { Facts } from '../kit/facts.tsx';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { Instant } from '../kit/time.tsx';
import { PlanActions } from './plan-actions.tsx';
import { PLAN_ITEM_COLUMNS } from './plan-item-columns.tsx';
import { PlanProgress } from './plan-progress.tsx';
import { PLAN_STATES, PREDICTIONS, type Plan } from './plan-words.ts';

const ASK_EVERY_MS = 1_000;
const isRunning = (plan: Plan | undefined): boolean => plan?.state === 'running' || (plan?.progress.open ?? 0) > 0;

/** What a plan would do, how far it is, and what became of each. */
export function ReplayPlanPage() {
  const { id } = useParams({ from: '/replays/$id' });
  const path = { id };
  const progress = useQuery({
    queryKey: ['plan', id, 'progress'],
    queryFn: () => answered(api.GET('/v1/replay-plans/{id}', { params: { path, query: { items: 'none' } } })),
    refetchInterval: ({ state }) => (isRunning(state.data) ? ASK_EVERY_MS : false),
  });
  const plan = progress.data;
  const items = useQuery({
    queryKey: ['plan', id, 'items', plan?.state, plan?.progress.waiting, plan?.progress.open],
    queryFn: async () => (await answered(api.GET('/v1/replay-plans/{id}', { params: { path } }))).items ?? [],
    enabled: plan !== undefined,
    placeholderData: (previous) => previous,
  });
  if (progress.error && !plan) return <PageFailure title="Replay" error={progress.error} />;
  if (!plan) return <Skeleton height={320} />;
  const [label, colour] = PLAN_STATES[plan.state];
  return (
    <Page
      title={`Replay of ${plan.count.toLocaleString('en')}`}
      about={<Condition colour={colour}>{label}</Condition>}
      actions={<PlanActions plan={plan} />}
    >
      {plan.state !== 'planned' && <PlanProgress plan={plan} />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title="What it will do">
          <Facts
            of={Object.entries(PREDICTIONS)
              .filter(([name]) => plan.predicted[name as keyof Plan['predicted']] > 0)
              .map(([name, words]) => [plan.predicted[name as keyof Plan['predicted']].toLocaleString('en'), words])}
          />
        </Section>
        <Section title="How">
          <Facts
            of={[
              ['Mapping', plan.mode === 'remap' ? 'the present one' : 'the one that each began with'],
              ['A second', `at most ${plan.ratePerSecond}`],
              ['Made by', plan.clientId],
              ['Made', <Instant at={plan.createdAt} />],
              ['Ended', plan.endedAt === null ? 'not yet' : <Instant at={plan.endedAt} />],
            ]}
          />
        </Section>
      </SimpleGrid>
      <Paper withBorder>
        <Rows
          name="Items"
          columns={PLAN_ITEM_COLUMNS}
          rows={items.data}
          error={items.error}
          keyOf={(item) => item.transactionId}
          empty="It holds nothing."
        />
      </Paper>
    </Page>
  );
}
