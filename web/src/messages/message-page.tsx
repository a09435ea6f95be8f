import { Button, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { Content } from '../kit/content.tsx';
import { Facts } from '../kit/facts.tsx';
import { Link } from '../kit/link.tsx';
import { ConnectionName } from '../kit/name.tsx';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { Instant } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';
import { OwnerMenu } from '../owner/owner-menu.tsx';
import { MESSAGE_STATES, type Message } from './message-states.ts';

/** One message, masked: letters are x and digits are 0 wherever something of a patient may stand. */
export function MessagePage() {
  const { id } = useParams({ from: '/messages/$id' });
  const { data: message, error } = useQuery({
    queryKey: ['messages', id],
    queryFn: () => answered(api.GET('/v1/messages/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? 1_000 : false),
  });
  if (error && !message) return <PageFailure title="Message" error={error} />;
  if (!message) return <Skeleton height={240} />;
  const { label, colour } = MESSAGE_STATES[message.state];
  return (
    <Page
      title={message.kind}
      about={<Condition colour={colour}>{label}</Condition>}
      actions={message.state === 'held' && <HeldActions message={message} />}
    >
      <Section title="What became of it">
        <Facts
          of={[
            ['From', <ConnectionName of={message.connectionId} />],
            ['Its sender’s key', <ControlId of={message} />],
            [
              'Owner',
              <OwnerMenu work="message" id={message.id} owner={message.owner} waits={message.state === 'held'} />,
            ],
            ['Received', <Instant at={message.receivedAt} />],
            ...(message.code === null
              ? []
              : ([
                  ['Held because', `${message.code}: ${message.detail ?? ''}`],
                  ['Held since', <Instant at={message.heldAt} />],
                  ['Tries', message.tries],
                ] as const)),
            ...(message.settledBy === null ? [] : ([['Settled by', <Settled of={message} />]] as const)),
          ]}
        />
        {message.unmappedCodeId !== null && message.state === 'held' && (
          <Text size="sm" mt="sm">
            It goes on by itself when its code is mapped:{' '}
            <Link to="/mappings" search={{ connection: message.connectionId }}>
              unmapped codes
            </Link>
            .
          </Text>
        )}
      </Section>
      <Section title="What it says, masked">
        <Content label="Segments">{(message.segments ?? []).join('\n')}</Content>
      </Section>
    </Page>
  );
}

function HeldActions({ message }: { readonly message: Message }) {
  const [mayReplay, mayDismiss] = [useMay('replayMessage'), useMay('dismissMessage')];
  const params = { path: { id: message.id } };
  const replay = useAct({
    act: () => answered(api.POST('/v1/messages/{id}/replay', { params })),
    done: 'It is applied once more. If it cannot be, it says why.',
  });
  const dismiss = useAct({
    act: () => answered(api.POST('/v1/messages/{id}/dismiss', { params })),
    done: 'Dismissed: nothing is made of it.',
  });
  return (
    <>
      {mayReplay && (
        <Button onClick={() => replay.mutate()} loading={replay.isPending}>
          Apply once more
        </Button>
      )}
      {mayDismiss && (
        <Button variant="default" onClick={() => dismiss.mutate()} loading={dismiss.isPending}>
          Dismiss
        </Button>
      )}
    </>
  );
}

const ControlId = ({ of: { controlId, keyReused } }: { readonly of: Message }) => (
  <>
    <span className="mono">{controlId}</span>
    {keyReused && <span className="quiet"> (used before, for another message)</span>}
  </>
);

const Settled = ({ of: { settledBy, settledAt } }: { readonly of: Message }) => (
  <>
    {settledBy === 'hub' ? 'itself' : settledBy}, <Instant at={settledAt} />
  </>
);
