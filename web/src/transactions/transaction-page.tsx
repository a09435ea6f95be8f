import { Grid, Skeleton, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useMay } from '../api/may.ts';
import { sayProblem } from '../api/problem.ts';
import { Failure } from '../kit/failure.tsx';
import { Note } from '../kit/note.tsx';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { State } from '../kit/state.tsx';
import { KINDS } from '../kit/states.ts';
import { appointmentTime } from '../kit/times.ts';
import { ReplayActions } from '../replay/replay-actions.tsx';
import { ApprovalNote } from '../replay/approval-note.tsx';
import { AttemptRows } from './attempt-rows.tsx';
import { nextStep } from './next-step.ts';
import { Payloads } from './payloads.tsx';
import { RelatedTransactions } from './related-transactions.tsx';
import { Story } from './story.tsx';
import { TransactionFacts } from './transaction-facts.tsx';
import { useTimeline, useTransaction } from './use-transaction.ts';

/** The whole story of a transaction on one page, and what can be done about it. */
export function TransactionPage() {
  const { id } = useParams({ from: '/transactions/$id' });
  const mayRead = useMay('readPayloads');
  const { data: transaction, error } = useTransaction(id);
  const { data: entries, error: storyError } = useTimeline(id);
  if (error && !transaction) return <PageFailure title="Transaction" error={error} />;
  // Its story is as long as it is: what stands below would move when it comes.
  if (!transaction || (!entries && !storyError)) return <Skeleton height={480} />;
  const { kind, state, start, timeZone } = transaction;
  const when = start !== undefined && timeZone !== undefined ? appointmentTime(start, timeZone) : '';
  const step = nextStep(transaction);
  return (
    <Page
      title={`${KINDS[kind]} ${when}`}
      about={<State of={state} />}
      actions={<ReplayActions transaction={transaction} />}
    >
      <Note isForPerson={step.isForPerson} {...(step.isForPerson && { title: 'What to do' })}>
        {step.text}
      </Note>
      {transaction.replayRequest?.state === 'waiting' && <ApprovalNote transactionId={id} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Section title="What happened">
              {storyError ? <Failure>{sayProblem(storyError)}</Failure> : <Story entries={entries} zone={timeZone} />}
            </Section>
            <AttemptRows entries={entries} />
            {mayRead && <Payloads transactionId={id} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Section title="What it is">
              <TransactionFacts transaction={transaction} />
            </Section>
            <RelatedTransactions transaction={transaction} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
