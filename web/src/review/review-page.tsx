import { Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '../api/may.ts';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { OwnerFilter } from '../owner/owner-filter.tsx';
import { useTransactions } from '../transactions/use-transactions.ts';
import { BlockedRows } from './blocked-rows.tsx';
import { REVIEW_COLUMNS } from './review-columns.tsx';
import { UnmappedNote } from './unmapped-note.tsx';

/** What nobody but a person can settle. */
export function ReviewPage() {
  const { owner } = useSearch({ from: '/review' });
  const navigate = useNavigate();
  const mayOwn = useMay('assignTransaction');
  const whose = owner === undefined ? {} : { owner };
  const review = useTransactions({ state: 'needs_review', ...whose });
  const failed = useTransactions({ state: 'failed', ...whose });
  return (
    <Page
      title="Needs review"
      about="What waits for a person. Nothing of it is ever dropped."
      actions={
        mayOwn && (
          <OwnerFilter
            owner={owner}
            change={(chosen) => void navigate({ to: '/review', search: (old) => ({ ...old, owner: chosen }) })}
          />
        )
      }
    >
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
        <BlockedRows owner={owner} />
      </Section>
      <Section
        title="Failed: certainly not done"
        isList
        actions={
          <Link to="/transactions" search={{ state: 'failed', ...whose }}>
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
