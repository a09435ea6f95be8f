import { Paper, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import { Facts } from '../kit/facts.tsx';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { Instant } from '../kit/time.tsx';
import { AttemptRows } from './attempt-rows.tsx';
import { DeliveryRows } from './delivery-rows.tsx';
import { WebhookActions } from './webhook-actions.tsx';
import { WebhookState } from './webhook-state.tsx';

const LISTS = [
  { value: 'failed', label: 'Given up' },
  { value: 'pending', label: 'To be sent' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'attempts', label: 'Attempts' },
];

export function WebhookPage() {
  const { id } = useParams({ from: '/webhooks/$id' });
  const { state = 'failed' } = useSearch({ from: '/webhooks/$id' });
  const navigate = useNavigate();
  const { data: webhook, error } = useQuery({
    queryKey: ['webhooks', id],
    queryFn: () => answered(api.GET('/v1/webhooks/{id}', { params: { path: { id } } })),
    refetchInterval: 5_000,
  });
  if (error && !webhook) return <PageFailure title="Webhook" error={error} />;
  if (!webhook) return <Skeleton height={240} />;
  return (
    <Page
      title={webhook.description ?? webhook.url}
      about={<WebhookState of={webhook} />}
      actions={<WebhookActions webhook={webhook} />}
    >
      <Section title="What it is">
        <Facts
          of={[
            ['To', <span className="mono">{webhook.url}</span>],
            ['Events', webhook.types.length === 0 ? 'all' : webhook.types.join(', ')],
            ['Last success', <Instant at={webhook.lastSuccessAt} />],
            ['Fails since', webhook.failingSince === null ? 'it does not' : <Instant at={webhook.failingSince} />],
            ['Goes on', webhook.resumesAt === null ? 'now' : <Instant at={webhook.resumesAt} />],
          ]}
        />
      </Section>
      <SegmentedControl
        data={LISTS}
        value={state}
        onChange={(chosen) => void navigate({ to: '/webhooks/$id', params: { id }, search: { state: chosen } })}
        size="xs"
        aria-label="List"
      />
      <Paper withBorder>
        {state === 'attempts' ? (
          <AttemptRows id={id} />
        ) : (
          <DeliveryRows id={id} state={state} empty={<Text size="sm">None.</Text>} />
        )}
      </Paper>
    </Page>
  );
}
