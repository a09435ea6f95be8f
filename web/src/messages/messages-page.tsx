import { Group, Paper, SegmentedControl, Select, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import { Link } from '../kit/link.tsx';
import { ConnectionName } from '../kit/name.tsx';
import { useConnections } from '../kit/names.ts';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { useMay } from '../api/may.ts';
import { OwnerFilter } from '../owner/owner-filter.tsx';
import { OwnerMenu } from '../owner/owner-menu.tsx';
import { MESSAGE_STATES, type Message } from './message-states.ts';

const COLUMNS = [
  column<Message>('kind', 'Message', ({ id, kind, controlId }) => (
    <>
      <Link to="/messages/$id" params={{ id }} fw={500}>
        {kind}
      </Link>{' '}
      <span className="mono quiet">{controlId}</span>
    </>
  )),
  column<Message>('state', 'State', ({ state }) => (
    <Condition colour={MESSAGE_STATES[state].colour}>{MESSAGE_STATES[state].label}</Condition>
  )),
  column<Message>('why', 'Why it is held', ({ code, detail }) =>
    code === null ? (
      <span className="quiet">–</span>
    ) : (
      <>
        {code}
        <div className="quiet">{detail}</div>
      </>
    ),
  ),
  column<Message>('connection', 'Connection', ({ connectionId }) => <ConnectionName of={connectionId} />),
  column<Message>('tries', 'Tries', ({ tries }) => tries, { isNumber: true }),
  column<Message>('held', 'Held', ({ heldAt }) =>
    heldAt === null ? <span className="quiet">–</span> : <Ago at={heldAt} />,
  ),
  column<Message>('owner', 'Owner', ({ id, owner, state }) => (
    <OwnerMenu work="message" id={id} owner={owner} waits={state === 'held'} />
  )),
  column<Message>('received', 'Received', ({ receivedAt }) => <Ago at={receivedAt} />),
];

const STATES = [
  ...Object.entries(MESSAGE_STATES).map(([value, { label }]) => ({ value, label })),
  { value: 'any', label: 'All' },
];

/** What hospitals have sent by themselves. What could not be applied is held, and nothing waits behind it. */
export function MessagesPage() {
  const { connection, state = 'held', owner } = useSearch({ from: '/messages' });
  const navigate = useNavigate();
  const { data: connections } = useConnections();
  const mayOwn = useMay('assignMessage');
  const pages = usePages({
    key: ['messages', connection, state, owner],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/messages', {
          params: {
            query: {
              limit,
              ...(state !== 'any' && { state: state as Message['state'] }),
              ...(connection !== undefined && { connection }),
              ...(owner !== undefined && { owner }),
              ...(cursor !== undefined && { cursor }),
            },
          },
          signal,
        }),
      ),
    refetchInterval: 15_000,
  });
  const change = (some: Readonly<Record<string, string>>): void =>
    void navigate({ to: '/messages', search: (old) => ({ ...old, ...some }) });
  return (
    <Page title="Messages" about="What hospitals have sent by themselves. What is held holds up nothing else.">
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={STATES}
          value={state}
          onChange={(chosen) => change({ state: chosen })}
        />
        <Select
          aria-label="Connection"
          placeholder="Any connection"
          size="xs"
          clearable
          data={(connections ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={connection ?? null}
          onChange={(chosen) => change({ connection: chosen ?? '' })}
        />
        {mayOwn && <OwnerFilter owner={owner} change={(chosen) => change({ owner: chosen })} />}
      </Group>
      <Paper withBorder>
        <Rows
          name="Messages"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          hrefOf={(row) => `/messages/${row.id}`}
          empty={<Text size="sm">{state === 'held' ? 'Nothing is held.' : 'There is none.'}</Text>}
          {...pages}
        />
      </Paper>
    </Page>
  );
}
