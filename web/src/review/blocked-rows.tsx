import { Text } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { ConnectionName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { State } from '../kit/state.tsx';
import { KINDS } from '../kit/states.ts';
import { duration } from '../kit/times.ts';
import { OwnerMenu } from '../owner/owner-menu.tsx';

type Blocked = Schemas['blocked-appointment'];

const COLUMNS = [
  column<Blocked>('what', 'Blocked by', (row) => (
    <Link to="/transactions/$id" params={{ id: row.transactionId }} fw={500}>
      {KINDS[row.kind]}
    </Link>
  )),
  column<Blocked>('state', 'State', (row) => <State of={row.state} />),
  column<Blocked>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Blocked>('error', 'Error', (row) => row.errorCode ?? <span className="quiet">–</span>),
  column<Blocked>('waiting', 'Wait behind it', (row) => row.waiting, { isNumber: true }),
  column<Blocked>('age', 'For', (row) => duration(row.ageSeconds)),
  column<Blocked>('owner', 'Owner', (row) => (
    <OwnerMenu work="transaction" id={row.transactionId} owner={row.owner} waits />
  )),
  column<Blocked>('appointment', 'Appointment', (row) => (
    <Link to="/transactions" search={{ appointment: row.appointmentId }}>
      All its changes
    </Link>
  )),
];

/** Oldest first. Other appointments of the connection go on meanwhile. */
export function BlockedRows({ owner }: { readonly owner: string | undefined }) {
  const pages = usePages({
    key: ['blocked', owner],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/blocked-appointments', {
          params: {
            query: { limit, ...(owner !== undefined && { owner }), ...(cursor !== undefined && { cursor }) },
          },
          signal,
        }),
      ),
  });
  return (
    <Rows
      name="Blocked appointments"
      likely={1}
      columns={COLUMNS}
      keyOf={(row) => row.appointmentId}
      empty={<Text size="sm">{owner === undefined ? 'None is stuck.' : 'None of these is stuck.'}</Text>}
      {...pages}
    />
  );
}
