import { Paper, Stack, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { Rows } from '../kit/rows.tsx';
import { ReplayManyButton } from '../replay/replay-many-button.tsx';
import { useColumns } from './column-menu.tsx';
import type { TransactionSearch } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { SavedViews } from './saved-views.tsx';
import { StateChips } from './state-chips.tsx';
import { useTransactions } from './use-transactions.ts';

export function TransactionsPage() {
  const search = useSearch({ from: '/transactions' });
  const navigate = useNavigate();
  const change = useCallback(
    (some: TransactionSearch): void => void navigate({ to: '/transactions', search: (old) => ({ ...old, ...some }) }),
    [navigate],
  );
  const pages = useTransactions(search);
  const { columns, menu } = useColumns();
  const isFiltered = Object.values(search).some((each) => each !== undefined && each !== '');
  return (
    <Page
      title="Transactions"
      about="Every change that was asked of a hospital, newest first"
      actions={
        <>
          <ReplayManyButton search={search} />
          <SavedViews search={search} />
          {menu}
        </>
      }
    >
      <Stack gap="xs">
        <StateChips search={search} choose={(state) => change({ state: state ?? '' })} />
        <FilterBar search={search} change={change} />
      </Stack>
      <Paper withBorder>
        <Rows
          name="Transactions"
          columns={columns}
          keyOf={(row) => row.id}
          hrefOf={(row) => `/transactions/${row.id}`}
          empty={
            <Text size="sm">
              {isFiltered ? (
                <>
                  Nothing fits these filters. <Link to="/transactions">Show all</Link>
                </>
              ) : (
                'Nothing was asked of a hospital yet.'
              )}
            </Text>
          }
          {...pages}
        />
      </Paper>
    </Page>
  );
}
