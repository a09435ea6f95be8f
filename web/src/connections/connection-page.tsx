import { Grid, Skeleton, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useMay } from '../api/may.ts';
import { Content } from '../kit/content.tsx';
import { Facts } from '../kit/facts.tsx';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { ConnectionActions } from './connection-actions.tsx';
import { ConnectionCheck } from './connection-check.tsx';
import { ConnectionHealth } from './connection-health.tsx';
import { ConnectionState } from './connection-state.tsx';
import { Expiries } from './expiries.tsx';
import { MaintenanceWindows } from './maintenance-windows.tsx';
import { useConnection } from './use-connection.ts';

export function ConnectionPage() {
  const { id } = useParams({ from: '/connections/$id' });
  const { data: connection, error } = useConnection(id);
  const mayCheck = useMay('checkConnection');
  if (error && !connection) return <PageFailure title="Connection" error={error} />;
  if (!connection) return <Skeleton height={320} />;
  return (
    <Page
      title={connection.name}
      about={<ConnectionState of={connection} />}
      actions={<ConnectionActions connection={connection} />}
    >
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <ConnectionHealth id={id} />
            {mayCheck && (
              <Section title="Try it, step by step">
                <ConnectionCheck id={id} />
              </Section>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Section title="Settings">
              <Facts
                of={[
                  ['Adapter', connection.adapter],
                  ['Key', <span className="mono">{connection.key}</span>],
                  ['Who keeps the book', connection.managedBy === 'hub' ? 'the hub' : 'the hospital'],
                  ['Credentials', connection.hasSecrets === true ? 'stored; never shown' : 'none'],
                  ...Object.entries(connection.config ?? {}).map(
                    ([name, value]) => [name, shown(name, value)] as const,
                  ),
                ]}
              />
            </Section>
            {connection.managedBy === 'his' && <Expiries of={connection.expiries ?? []} />}
            <MaintenanceWindows connection={connection} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

const shown = (name: string, value: unknown) =>
  typeof value === 'object' && value !== null ? (
    <Content label={name}>{JSON.stringify(value, null, 1)}</Content>
  ) : (
    <span className="mono">{String(value)}</span>
  );
