import { Button, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { sayProblem } from '../api/problem.ts';
import { Content } from '../kit/content.tsx';
import { Failure } from '../kit/failure.tsx';
import { Note } from '../kit/note.tsx';
import { Section } from '../kit/section.tsx';
import { Instant } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';
import { AttemptDiff } from './attempt-diff.tsx';
import { RevealDialog } from './reveal-dialog.tsx';

type Attempt = Schemas['payloads']['attempts'][number];
type Exchange = NonNullable<Attempt['exchanges']>[number];

/** What went over the wire, masked; as it was for a while, for whoever says why. */
export function Payloads({ transactionId }: { readonly transactionId: string }) {
  const params = { path: { id: transactionId } };
  const [isAsking, { open, close }] = useDisclosure(false);
  const mayReveal = useMay('revealPayloads');
  const { data: masked, error } = useQuery({
    queryKey: ['transactions', transactionId, 'payloads'],
    queryFn: () => answered(api.GET('/v1/transactions/{id}/payloads', { params })),
  });
  const reveal = useAct({
    act: (reason: string) => answered(api.POST('/v1/transactions/{id}/reveal', { params, body: { reason } })),
    done: 'Shown for a quarter of an hour, and on record.',
    after: close,
  });
  const { data: revealed, reset: hide } = reveal;
  const hiddenAt = revealed?.hiddenAt;
  useEffect(() => {
    if (typeof hiddenAt !== 'string') return undefined;
    const timer = setTimeout(hide, Date.parse(hiddenAt) - Date.now());
    return () => clearTimeout(timer);
  }, [hiddenAt, hide]);
  if (error && !masked) return <Failure>{sayProblem(error)}</Failure>;
  const shown = revealed ?? masked;
  return (
    <>
      <Section
        title="Sent and answered"
        actions={
          revealed ? (
            <Button variant="default" onClick={hide}>
              Hide it
            </Button>
          ) : (
            mayReveal && (
              <Button variant="default" onClick={open}>
                Show as it was …
              </Button>
            )
          )
        }
      >
        {revealed && (
          <Note isForPerson title="This is a patient’s data">
            It is hidden again <Instant at={revealed.hiddenAt} />. That you have seen it is on record.
          </Note>
        )}
        {!shown && <Skeleton height={160} />}
        {shown?.attempts.length === 0 && <Text size="sm">Nothing was sent yet.</Text>}
        {shown?.attempts.map((attempt, index) => (
          <AttemptPayloads key={attempt.number} attempt={attempt} before={shown.attempts[index - 1]} />
        ))}
      </Section>
      {isAsking && <RevealDialog close={close} reveal={reveal.mutate} isRevealing={reveal.isPending} />}
    </>
  );
}

interface AttemptPayloadsProps {
  readonly attempt: Attempt;
  readonly before: Attempt | undefined;
}

function AttemptPayloads({ attempt, before }: AttemptPayloadsProps) {
  const { number, purpose, exchanges, gone } = attempt;
  return (
    <details className="exchange" open={number === 1}>
      <summary>
        Attempt {number}, {purpose === 'execute' ? 'to do it' : 'to find out'}
        <span className="quiet"> {exchanges?.length ?? 'no'} calls</span>
      </summary>
      {gone === 'erased' && <Text size="sm">It cannot be read any more: its key is gone.</Text>}
      {gone === 'over' && <Text size="sm">It was kept as long as payloads are kept here, and is gone.</Text>}
      {exchanges?.map((exchange) => (
        <Call key={`${exchange.at} ${exchange.url}`} of={exchange} />
      ))}
      {before && <AttemptDiff before={before} after={attempt} />}
    </details>
  );
}

function Call({
  of: { method, url, status, failure, durationMs, requestBody, responseBody },
}: {
  readonly of: Exchange;
}) {
  return (
    <>
      <Text size="sm" mt="xs" className="mono">
        {method} {url}
      </Text>
      {requestBody !== null && <Content label="Sent">{requestBody}</Content>}
      <Text size="sm" mt={4}>
        {failure ?? (status === null ? 'answered' : `HTTP ${status}`)}{' '}
        <span className="quiet">after {durationMs.toLocaleString('en')} ms</span>
      </Text>
      {responseBody !== null && <Content label="Answered">{responseBody}</Content>}
    </>
  );
}
