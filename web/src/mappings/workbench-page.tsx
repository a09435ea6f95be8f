import { Skeleton } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import { PageFailure } from '../kit/page-failure.tsx';
import { Page } from '../kit/page.tsx';
import { ConnectionName } from '../kit/name.tsx';
import { useVersionFiles, useVersions } from './use-mappings.ts';
import { VersionRows } from './version-rows.tsx';
import { Workbench } from './workbench.tsx';

/** One mapping of one connection: tried while it is written. */
export function WorkbenchPage() {
  const { name } = useParams({ from: '/mappings/$name' });
  const { connection = '', version, tab } = useSearch({ from: '/mappings/$name' });
  const versions = useVersions(name, connection);
  const shown =
    version === undefined ? versions.data?.find((each) => each.state === 'active')?.number : Number(version);
  const files = useVersionFiles(name, connection, shown);
  const error = versions.error ?? files.error;
  if (error) return <PageFailure title={name} error={error} />;
  return (
    <Page title={name} about={<ConnectionName of={connection} />}>
      {files.data && shown !== undefined ? (
        <Workbench
          key={`${connection} ${shown}`}
          name={name}
          connection={connection}
          version={shown}
          tab={tab}
          files={files.data}
        />
      ) : (
        <Skeleton h={{ base: 1_900, md: 860 }} />
      )}
      <VersionRows name={name} connection={connection} versions={versions.data} />
    </Page>
  );
}
