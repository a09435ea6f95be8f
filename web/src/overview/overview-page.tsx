import { SimpleGrid, Skeleton } from '@mantine/core';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { Ago } from '../kit/time.tsx';
import { BookingsToday } from './bookings-today.tsx';
import { ConnectionRows } from './connection-rows.tsx';
import { Tile } from './tile.tsx';
import { useOverview } from './use-overview.ts';

export function OverviewPage() {
  const { data, error } = useOverview();
  if (error && !data) return <PageFailure title="Overview" error={error} />;
  return (
    <Page
      title="Overview"
      about={
        data ? (
          <>
            Counted <Ago at={data.at} />
          </>
        ) : (
          'Counting …'
        )
      }
    >
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
        {data ? (
          <>
            <Tile
              label="Need review"
              count={data.needsReview}
              to="/transactions"
              search={{ state: 'needs_review' }}
              isAlarm
            />
            <Tile label="Failed" count={data.failed} to="/transactions" search={{ state: 'failed' }} isAlarm />
            <Tile label="Outcome unknown" count={data.unknown} to="/transactions" search={{ state: 'unknown' }} />
            <Tile label="Blocked appointments" count={data.blocked} to="/review" search={{}} isAlarm />
            <Tile label="Open alerts" count={data.openAlerts} to="/alerts" search={{}} isAlarm />
          </>
        ) : (
          Array.from({ length: 5 }, (_, index) => <Skeleton key={index} height={74} />)
        )}
      </SimpleGrid>
      <Section title="Bookings of the last 24 hours">
        {data ? <BookingsToday counts={data.bookingsToday} /> : <Skeleton height={30} />}
      </Section>
      <Section title="Connections" isList>
        <ConnectionRows connections={data?.connections} />
      </Section>
    </Page>
  );
}
