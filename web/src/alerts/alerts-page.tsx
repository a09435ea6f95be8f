import { Paper, SegmentedControl, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { placeOf } from './place-of.ts';

type Alert = Schemas['alert'];

const KINDS: Readonly<Record<Alert['kind'], string>> = {
  'breaker-open': 'A hospital is not called any more',
  'outcome-unknown': 'Outcome unknown for long',
  'needs-review': 'Changes need review',
  'appointments-blocked': 'Appointments are stuck',
  'feed-silent': 'A hospital has fallen silent',
  'certificate-expires': 'A certificate ends soon',
  'messages-held': 'Messages are held',
  'payload-revealed': 'Somebody sees a patient’s data',
  'webhook-failing': 'A webhook fails',
  'events-stuck': 'Events get no further',
};

const COLUMNS = [
  column<Alert>('state', 'State', ({ resolvedAt }) => (
    <Condition colour={resolvedAt === null ? 'person' : 'good'}>{resolvedAt === null ? 'Open' : 'Over'}</Condition>
  )),
  column<Alert>('kind', 'What', (row) => (
    <>
      <Link to={placeOf(row)} fw={500}>
        {KINDS[row.kind]}
      </Link>
      <div className="quiet">{row.detail}</div>
    </>
  )),
  column<Alert>('opened', 'Since', ({ openedAt }) => <Ago at={openedAt} />),
  column<Alert>('resolved', 'Until', ({ resolvedAt }) =>
    resolvedAt === null ? <span className="quiet">it goes on</span> : <Ago at={resolvedAt} />,
  ),
];

export function AlertsPage() {
  const { state = 'open' } = useSearch({ from: '/alerts' });
  const navigate = useNavigate();
  const pages = usePages({
    key: ['alerts', state],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/alerts', {
          params: { query: { state: state as 'open' | 'all', limit, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
    refetchInterval: 15_000,
  });
  return (
    <Page
      title="Alerts"
      about="What a person should look at. Each opens once, and ends by itself when it is over."
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Alerts"
          data={[
            { value: 'open', label: 'Open' },
            { value: 'all', label: 'All' },
          ]}
          value={state}
          onChange={(chosen) => void navigate({ to: '/alerts', search: { state: chosen } })}
        />
      }
    >
      <Paper withBorder>
        <Rows
          name="Alerts"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          empty={<Text size="sm">Nothing to look at.</Text>}
          {...pages}
        />
      </Paper>
    </Page>
  );
}
