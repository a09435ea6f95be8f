import { Button, Paper } from '@mantine/core';
import { Link as RouterLink } from '@tanstack/react-router';
import { useMay } from '../api/may.ts';
import { sayProblem } from '../api/problem.ts';
import { Failure } from '../kit/failure.tsx';
import { Page } from '../kit/page.tsx';
import { ConnectionRows } from '../overview/connection-rows.tsx';
import { useOverview } from '../overview/use-overview.ts';

export function ConnectionsPage() {
  const { data, error } = useOverview();
  const mayCreate = useMay('createConnection');
  return (
    <Page
      title="Connections"
      about="The hospitals, and how they do"
      actions={
        mayCreate && (
          <Button component={RouterLink} to="/connections/new">
            Connect a hospital
          </Button>
        )
      }
    >
      <Paper withBorder>
        {error && !data ? <Failure>{sayProblem(error)}</Failure> : <ConnectionRows connections={data?.connections} />}
      </Paper>
    </Page>
  );
}
