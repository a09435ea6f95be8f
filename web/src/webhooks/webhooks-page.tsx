import { Button, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago } from '../kit/time.tsx';
import { NewWebhook } from './new-webhook.tsx';
import { WebhookState, type Webhook } from './webhook-state.tsx';

const COLUMNS = [
  column<Webhook>('state', 'State', (row) => <WebhookState of={row} />),
  column<Webhook>('url', 'To', (row) => (
    <>
      <Link to="/webhooks/$id" params={{ id: row.id }} fw={500}>
        {row.description ?? row.url}
      </Link>
      {row.description !== null && <div className="quiet mono">{row.url}</div>}
    </>
  )),
  column<Webhook>('types', 'Events', ({ types }) => (types.length === 0 ? 'all' : types.join(', '))),
  column<Webhook>('pending', 'To be sent', ({ pending }) => pending.toLocaleString('en'), { isNumber: true }),
  column<Webhook>('failed', 'Given up', ({ failed }) => failed.toLocaleString('en'), { isNumber: true }),
  column<Webhook>('last', 'Last success', ({ lastSuccessAt }) => <Ago at={lastSuccessAt} />),
];

export function WebhooksPage() {
  const [opened, { open, close }] = useDisclosure(false);
  const mayCreate = useMay('createWebhook');
  const pages = usePages({
    key: ['webhooks'],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/webhooks', { params: { query: { limit, ...(cursor !== undefined && { cursor }) } }, signal }),
      ),
    refetchInterval: 10_000,
  });
  return (
    <Page
      title="Webhooks"
      about="Who is told what happens"
      actions={mayCreate && <Button onClick={open}>Add a webhook</Button>}
    >
      <Paper withBorder>
        <Rows
          name="Webhooks"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          hrefOf={(row) => `/webhooks/${row.id}`}
          empty={<Text size="sm">Nobody is told by webhook. Apps can also listen to /v1/events.</Text>}
          {...pages}
        />
      </Paper>
      {opened && <NewWebhook close={close} />}
    </Page>
  );
}
