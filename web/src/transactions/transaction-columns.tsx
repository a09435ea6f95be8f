import { OwnerMenu } from '../owner/owner-menu.tsx';
import type { Schemas } from '../api/contract.ts';
import { Id } from '../kit/id.tsx';
import { ConnectionName, LocationName, ProviderName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { column } from '../kit/rows.tsx';
import { State } from '../kit/state.tsx';
import { KINDS, waitsForPerson } from '../kit/states.ts';
import { Ago, AppointmentTime, Instant } from '../kit/time.tsx';

export type Transaction = Schemas['transaction'];

const none = <span className="quiet">–</span>;

/** What a person knows it by comes first; what the machine knows it by comes last. */
export const TRANSACTION_COLUMNS = [
  column<Transaction>('state', 'State', (row) => <State of={row.state} />),
  column<Transaction>('kind', 'What', (row) => (
    <Link to="/transactions/$id" params={{ id: row.id }} fw={500}>
      {KINDS[row.kind]}
    </Link>
  )),
  column<Transaction>('start', 'Appointment', (row) => <AppointmentTime start={row.start} zone={row.timeZone} />),
  column<Transaction>('location', 'Location', (row) => <LocationName of={row.locationId} />),
  column<Transaction>('provider', 'Provider', (row) => <ProviderName of={row.providerId} />),
  column<Transaction>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Transaction>('error', 'Error', (row) => row.errorCode ?? none),
  column<Transaction>('class', 'Class of error', (row) => row.errorClass ?? none),
  column<Transaction>('attempts', 'Attempts', (row) => row.attempts, { isNumber: true }),
  column<Transaction>('age', 'Asked for', (row) => <Ago at={row.createdAt} />),
  column<Transaction>('settled', 'Settled', (row) => (row.settledAt === null ? none : <Instant at={row.settledAt} />)),
  column<Transaction>('owner', 'Owner', (row) => (
    <OwnerMenu work="transaction" id={row.id} owner={row.owner} waits={waitsForPerson(row.state)} />
  )),
  column<Transaction>('client', 'Asked by', (row) => row.clientId),
  column<Transaction>('external', 'Key at the hospital', (row) => row.externalId ?? none),
  column<Transaction>('mapping', 'Mapping', (row) => row.mappingVersion ?? none),
  column<Transaction>('id', 'Transaction', (row) => <Id of={row.id} />),
];

/** Until somebody chooses others. */
export const SHOWN_AT_FIRST: readonly string[] = [
  'state',
  'kind',
  'start',
  'location',
  'connection',
  'error',
  'attempts',
  'age',
];
