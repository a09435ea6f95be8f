import { Text } from '@mantine/core';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { useTransactions } from '../transactions/use-transactions.ts';
import { BlockedRows } from './blocked-rows.tsx';
import { REVIEW_COLUMNS } from './review-columns.tsx';
import { UnmappedNote } from './unmapped-note.tsx';

/** What nobody but a person can settle. */
export function ReviewPage() {
  const review = useTransactions({ state: 'needs_review' });
  const failed = useTransactions({ state: 'failed' });
  return (
    <Page title="Needs review" about="What waits for a person. Nothing of it is ever dropped.">
      <UnmappedNote />
      <Section title="Nobody knows whether it was done" isList>
        <Rows
          name="Outcome in doubt"
          likely={1}
          columns={REVIEW_COLUMNS}
          keyOf={(row) => row.id}
          hrefOf={(row) => `/transactions/${row.id}`}
          empty={<Text size="sm">Nothing is in doubt.</Text>}
          {...review}
        />
      </Section>
      <Section title="Appointments whose changes are stuck" isList>
        <BlockedRows />
      </Section>
      <Section
        title="Failed: certainly not done"
        isList
        actions={
          <Link to="/transactions" search={{ state: 'failed' }}>
            Filter, and replay many
          </Link>
        }
      >
        <Rows
          name="Failed"
          columns={REVIEW_COLUMNS}
          keyOf={(row) => row.id}
          hrefOf={(row) => `/transactions/${row.id}`}
          empty={<Text size="sm">Nothing has failed.</Text>}
          {...failed}
        />
      </Section>
    </Page>
  );
}
