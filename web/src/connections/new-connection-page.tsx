import { SimpleGrid, Skeleton, Stepper, Text, UnstyledButton } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../api/may.ts';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { NotForYou } from '../layout/not-for-you.tsx';
import { FinishConnection } from './finish-connection.tsx';
import { NewConnectionForm } from './new-connection-form.tsx';
import { useAdapters } from './use-connection.ts';

const TITLE = 'Connect a hospital';

export const NewConnectionPage = () => (useMay('createConnection') ? <Wizard /> : <NotForYou title={TITLE} />);

/** What kind of hospital it is, its settings, a check, and on. Until the last step it is paused: nothing is read or sent. */
function Wizard() {
  const { adapter: chosen } = useSearch({ from: '/connections/new' });
  const navigate = useNavigate();
  const { data: adapters, error } = useAdapters();
  const [made, setMade] = useState<string>();
  const adapter = adapters?.find((each) => each.id === chosen);
  const step = made === undefined ? (adapter ? 1 : 0) : 2;
  const choose = (id: string): void => void navigate({ to: '/connections/new', search: { adapter: id } });
  if (error) return <PageFailure title={TITLE} error={error} />;
  return (
    <Page title={TITLE} about="Nothing is read or sent before the last step">
      <Stepper
        active={step}
        size="xs"
        allowNextStepsSelect={false}
        onStepClick={(index) => index === 0 && made === undefined && choose('')}
      >
        <Stepper.Step label="Kind" description="What it speaks">
          {adapters ? (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} mt="md">
              {adapters.map((each) => (
                <UnstyledButton key={each.id} className="tile" onClick={() => choose(each.id)}>
                  <Text fw={600}>{each.title}</Text>
                  <Text size="sm" c="dimmed">
                    {each.managedBy === 'hub' ? 'The hub itself keeps the book' : each.capabilities.join(', ')}
                  </Text>
                </UnstyledButton>
              ))}
            </SimpleGrid>
          ) : (
            <Skeleton height={160} mt="md" />
          )}
        </Stepper.Step>
        <Stepper.Step label="Settings" description="Where it is, and how to sign in">
          {adapter && <NewConnectionForm adapter={adapter} made={setMade} />}
        </Stepper.Step>
        <Stepper.Step label="Check" description="Step by step, then on">
          {made !== undefined && <FinishConnection id={made} />}
        </Stepper.Step>
      </Stepper>
    </Page>
  );
}
