import { Button, Group, Paper, Skeleton, Switch, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Page } from '../kit/page.tsx';
import { Rows } from '../kit/rows.tsx';
import { wholeDay } from '../kit/times.ts';
import { dayColumns } from './day-columns.tsx';
import { DayNotes } from './day-notes.tsx';
import { ProviderSelect } from './provider-select.tsx';

const DAY_MS = 24 * 3600_000;
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A day of a provider as the hub has it, and as the hospital shows it now. */
export function DayPage() {
  const [today] = useState(() => dateOf(Date.now()));
  const { provider, date = today } = useSearch({ from: '/reconciliation/day' });
  const navigate = useNavigate();
  const [onlyDiffering, showOnly] = useState(false);
  const change = (some: Readonly<Record<string, string>>): void =>
    void navigate({ to: '/reconciliation/day', search: (old) => ({ ...old, ...some }) });
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['provider-day', provider, date],
    queryFn: ({ signal }) =>
      answered(
        api.GET('/v1/providers/{id}/day', { params: { path: { id: provider ?? '' }, query: { date } }, signal }),
      ),
    enabled: provider !== undefined,
    placeholderData: keepPreviousData,
    // Each time the hospital is asked: that is for the person to say.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const rows = data?.rows.filter(({ difference }) => !onlyDiffering || difference !== null);
  return (
    <Page
      title="A day, side by side"
      about={data ? <ConnectionName of={data.connectionId} /> : 'What the hub has, and what the hospital shows now'}
      actions={
        provider !== undefined && (
          <Button variant="default" onClick={() => void refetch()} loading={isFetching}>
            Ask the hospital again
          </Button>
        )
      }
    >
      <Group gap="xs">
        <ProviderSelect chosen={provider} choose={(id) => change({ provider: id })} />
        <Group gap={4} wrap="nowrap">
          <Step by={-1} date={date} go={(to) => change({ date: to })} />
          <TextInput
            type="date"
            size="xs"
            aria-label="Day"
            value={date}
            onChange={(event) => event.currentTarget.value !== '' && change({ date: event.currentTarget.value })}
          />
          <Step by={1} date={date} go={(to) => change({ date: to })} />
        </Group>
        <Switch
          size="xs"
          label="Only what differs"
          checked={onlyDiffering}
          onChange={(event) => showOnly(event.currentTarget.checked)}
        />
      </Group>
      {data ? <DayNotes day={data} /> : provider !== undefined && !error && <Skeleton height={56} />}
      <Paper withBorder>
        {provider === undefined ? (
          <Text size="sm" p="xl" ta="center">
            Choose a provider and a day.
          </Text>
        ) : (
          <Rows
            name="The day"
            likely={16}
            columns={dayColumns(data)}
            rows={rows}
            error={error}
            keyOf={(row) => [row.start, row.hub?.slotId, row.his?.externalId].join(' ')}
            empty={
              <Text size="sm">
                {onlyDiffering ? 'Both sides agree' : 'Nothing on either side'} on {wholeDay(date)}.
              </Text>
            }
          />
        )}
      </Paper>
    </Page>
  );
}

interface StepProps {
  readonly by: -1 | 1;
  readonly date: string;
  readonly go: (date: string) => void;
}

const Step = ({ by, date, go }: StepProps) => (
  <Button
    variant="default"
    px={8}
    aria-label={by < 0 ? 'The day before' : 'The day after'}
    onClick={() => go(dateOf(Date.parse(date) + by * DAY_MS))}
  >
    {by < 0 ? <ChevronLeft size={14} /> : <ChevronRight size={14} />}
  </Button>
);
