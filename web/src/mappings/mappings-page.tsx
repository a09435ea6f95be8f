import { Paper, Select, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../api/contract.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { useConnections } from '../kit/names.ts';
import { UnmappedCodes } from './unmapped-codes.tsx';
import { useMappings } from './use-mappings.ts';

type Mapping = Schemas['mapping-state'];

const COLUMNS = [
  column<Mapping>('name', 'Mapping', (row) => (
    <>
      <Link to="/mappings/$name" params={{ name: row.name }} search={{ connection: row.connectionId }} fw={500}>
        {row.name}
      </Link>
      <div className="quiet">{row.description}</div>
    </>
  )),
  column<Mapping>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Mapping>('active', 'In use', (row) => (row.active === 0 ? 'built in' : `version ${row.active}`)),
  column<Mapping>('canary', 'On trial', (row) =>
    row.canary === null ? (
      <span className="quiet">none</span>
    ) : (
      <Condition colour="doubt">{`version ${row.canary}`}</Condition>
    ),
  ),
  column<Mapping>('latest', 'Latest', (row) =>
    row.latest === row.active ? <span className="quiet">the one in use</span> : `version ${row.latest}`,
  ),
];

export function MappingsPage() {
  const { connection } = useSearch({ from: '/mappings' });
  const navigate = useNavigate();
  const { data: connections } = useConnections();
  const { data, error } = useMappings(connection);
  return (
    <Page
      title="Mappings"
      about="How what a hospital says becomes what the hub says, and back"
      actions={
        <Select
          aria-label="Connection"
          placeholder="Any connection"
          size="xs"
          clearable
          data={(connections ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={connection ?? null}
          onChange={(id) => void navigate({ to: '/mappings', search: { connection: id ?? '' } })}
        />
      }
    >
      <Section title="Codes that nobody has mapped" isList>
        <UnmappedCodes connection={connection} />
      </Section>
      <Paper withBorder>
        <Rows
          name="Mappings"
          columns={COLUMNS}
          rows={data}
          error={error}
          keyOf={(row) => `${row.connectionId} ${row.name}`}
          hrefOf={(row) => `/mappings/${row.name}?connection=${row.connectionId}`}
          empty={<Text size="sm">No connection has mappings.</Text>}
        />
      </Paper>
    </Page>
  );
}
