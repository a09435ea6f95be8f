import { SimpleGrid, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { sayProblem } from '../api/problem.ts';
import { Facts } from '../kit/facts.tsx';
import { Failure } from '../kit/failure.tsx';
import { Link } from '../kit/link.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { duration, milliseconds } from '../kit/times.ts';
import { useHealth } from './use-connection.ts';

/** What waits, what failed, and how the hospital answers. */
export function ConnectionHealth({ id }: { readonly id: string }) {
  const { data, error } = useHealth(id);
  if (error && !data) return <Failure>{sayProblem(error)}</Failure>;
  if (!data) return <Skeleton h={{ base: 850, sm: 270 }} />;
  const { queue, last24h: calls, limiter, feed } = data;
  const list = (state: 'needs_review' | 'failed' | 'unknown', count: number): ReactNode =>
    count === 0 ? (
      'none'
    ) : (
      <Link to="/transactions" search={{ connection: id, state }}>{`${count.toLocaleString('en')}, show`}</Link>
    );
  return (
    <Section title="How it does">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Facts
          of={[
            [
              'Breaker',
              <Condition colour={data.breaker === 'closed' ? 'good' : 'person'}>
                {data.breaker === 'closed' ? 'Closed' : 'Open'}
              </Condition>,
            ],
            [
              'Waiting to be sent',
              queue.depth === 0 ? 'none' : `${queue.depth}, the oldest for ${duration(queue.oldestAgeSeconds ?? 0)}`,
            ],
            ['Outcome unknown', list('unknown', data.unknown)],
            ['Need review', list('needs_review', data.needsReview)],
            ['Failed', list('failed', data.failed)],
            ['Last success', <Ago at={data.lastSuccessAt} />],
          ]}
        />
        <Facts
          of={[
            ['Calls in 24 hours', calls.attempts.toLocaleString('en')],
            ['of them confirmed', calls.succeeded.toLocaleString('en')],
            ['refused by the hospital', calls.refused.toLocaleString('en')],
            ['not reached', calls.unavailable.toLocaleString('en')],
            ['answer lost', calls.lost.toLocaleString('en')],
            [
              'Median, p95',
              calls.p50Ms === null || calls.p95Ms === null
                ? 'none'
                : `${milliseconds(calls.p50Ms)}, ${milliseconds(calls.p95Ms)}`,
            ],
            ['Rate', `${limiter.usedLastSecond} of ${limiter.callsPerSecond} a second`],
            [
              'Read from the hospital',
              data.stale ? <Condition colour="person">Stale</Condition> : <Ago at={data.synchronisedAt} />,
            ],
          ]}
        />
      </SimpleGrid>
      {feed?.silent === true && (
        <Failure title="The hospital has fallen silent">
          {feed.detail} {feed.remedy}
        </Failure>
      )}
    </Section>
  );
}
