import { Button, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Instant } from '../kit/time.tsx';
import { AccessState, type Client } from './access-state.tsx';
import { ClientActions } from './client-actions.tsx';
import { NewClientForm } from './new-client.tsx';
import { BoundTo } from './bound-to.tsx';

const PROOFS: Readonly<Record<Client['authentication'], string>> = {
  secret: 'a secret',
  private_key_jwt: 'its own keys',
  none: 'nothing: people sign in through it',
};

const COLUMNS = [
  column<Client>('name', 'Program', ({ name, id }) => (
    <>
      <b>{name}</b>
      <div className="quiet mono">{id}</div>
    </>
  )),
  column<Client>('role', 'Role', ({ role }) => role),
  column<Client>('scopes', 'Scopes', ({ scopes }) => scopes?.join(' ') ?? <span className="quiet">of its role</span>),
  column<Client>('bound', 'Bound to', ({ locationIds }) => <BoundTo of={locationIds} />),
  column<Client>('proof', 'Proves itself by', ({ authentication, secretRotatesUntil }) => (
    <>
      {PROOFS[authentication]}
      {secretRotatesUntil !== null && (
        <div className="quiet">
          the one before until <Instant at={secretRotatesUntil} />
        </div>
      )}
    </>
  )),
  column<Client>('state', 'State', ({ state }) => <AccessState of={state} />),
  column<Client>('actions', '', (row) => <ClientActions client={row} />),
];

/** The programs that call the API. */
export function ClientsPage() {
  const [opened, { open, close }] = useDisclosure(false);
  const mayCreate = useMay('createClient');
  const pages = usePages({
    key: ['clients'],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/clients', { params: { query: { limit, ...(cursor !== undefined && { cursor }) } }, signal }),
      ),
  });
  return (
    <Page
      title="Programs"
      about="What calls the API, and as what"
      actions={mayCreate && <Button onClick={open}>Add a program</Button>}
    >
      <Paper withBorder>
        <Rows
          name="Programs"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          empty={<Text size="sm">No program calls here.</Text>}
          {...pages}
        />
      </Paper>
      {opened && <NewClientForm close={close} />}
    </Page>
  );
}
