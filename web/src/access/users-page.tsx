import { Button, Paper, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago } from '../kit/time.tsx';
import { AccessState, type User } from './access-state.tsx';
import { BoundTo } from './bound-to.tsx';
import { NewUser } from './new-user.tsx';
import { UserActions } from './user-actions.tsx';

const COLUMNS = [
  column<User>('name', 'Person', ({ name, email }) => (
    <>
      <b>{name}</b>
      <div className="quiet">{email}</div>
    </>
  )),
  column<User>('role', 'Role', ({ role }) => role),
  column<User>('bound', 'Bound to', (row) => <BoundTo of={row.locationIds} />),
  column<User>('state', 'State', ({ state }) => <AccessState of={state} />),
  column<User>('factor', 'Second factor', ({ secondFactors }) => secondFactors.join(', ') || 'none yet'),
  column<User>('signed-in', 'Signed in', ({ signedInAt }) => <Ago at={signedInAt} />),
  column<User>('actions', '', (row) => <UserActions user={row} />),
];

/** The people who sign in here. */
export function UsersPage() {
  const [opened, { open, close }] = useDisclosure(false);
  const mayCreate = useMay('createUser');
  const pages = usePages({
    key: ['users'],
    read: (cursor, signal, limit) =>
      answered(api.GET('/v1/users', { params: { query: { limit, ...(cursor !== undefined && { cursor }) } }, signal })),
  });
  return (
    <Page
      title="People"
      about="Who signs in, and as what"
      actions={mayCreate && <Button onClick={open}>Add a person</Button>}
    >
      <Paper withBorder>
        <Rows
          name="People"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          empty={<Text size="sm">Nobody signs in here.</Text>}
          {...pages}
        />
      </Paper>
      {opened && <NewUser close={close} />}
    </Page>
  );
}
