import { Button, Group, Paper, Select, Tabs, Text } from '@mantine/core';
import { Link as RouterLink, useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '../kit/page.tsx';
import { useConnections } from '../kit/names.ts';
import { DriftDays } from './drift-days.tsx';
import { DriftRows } from './drift-rows.tsx';
import { DRIFT_KINDS } from './drift-words.ts';
import { RunRows } from './run-rows.tsx';

/** Where hospital and hub differ, and the comparisons that have found it. */
export function ReconciliationPage() {
  const search = useSearch({ from: '/reconciliation' });
  const navigate = useNavigate();
  const { data: connections } = useConnections();
  const change = (some: Readonly<Record<string, string>>): void =>
    void navigate({ to: '/reconciliation', search: (old) => ({ ...old, ...some }) });
  return (
    <Page
      title="Reconciliation"
      about="Where hospital and hub differ, and why"
      actions={
        <Button variant="default" component={RouterLink} to="/reconciliation/day">
          A day, side by side
        </Button>
      }
    >
      <Group gap="xs">
        <Select
          aria-label="Connection"
          placeholder="Any connection"
          size="xs"
          clearable
          data={(connections ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={search.connection ?? null}
          onChange={(connection) => change({ connection: connection ?? '' })}
        />
        <Select
          aria-label="Kind of difference"
          placeholder="Any difference"
          size="xs"
          w={240}
          clearable
          data={Object.entries(DRIFT_KINDS).map(([value, label]) => ({ value, label }))}
          value={search.kind ?? null}
          onChange={(kind) => change({ kind: kind ?? '' })}
        />
        <Select
          aria-label="State"
          size="xs"
          w={130}
          allowDeselect={false}
          data={[
            { value: 'open', label: 'Open' },
            { value: 'settled', label: 'Settled' },
            { value: 'any', label: 'All' },
          ]}
          value={search.state ?? 'open'}
          onChange={(state) => change({ state: state ?? 'open' })}
        />
        {search.run !== undefined && <Text size="sm">Only of one run</Text>}
      </Group>
      <Tabs value={search.tab ?? 'drift'} onChange={(tab) => change({ tab: tab ?? '' })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="drift">Differences</Tabs.Tab>
          <Tabs.Tab value="days">By provider and day</Tabs.Tab>
          <Tabs.Tab value="runs">Runs</Tabs.Tab>
        </Tabs.List>
        <Paper withBorder mt="sm">
          <Tabs.Panel value="drift">
            <DriftRows search={search} />
          </Tabs.Panel>
          <Tabs.Panel value="days">
            <DriftDays connection={search.connection} state={search.state ?? 'open'} />
          </Tabs.Panel>
          <Tabs.Panel value="runs">
            <RunRows connection={search.connection} />
          </Tabs.Panel>
        </Paper>
      </Tabs>
    </Page>
  );
}
