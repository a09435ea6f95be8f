import type { Schemas } from '../api/contract.ts';
import { ConnectionName, LocationName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { column } from '../kit/rows.tsx';
import { State } from '../kit/state.tsx';
import { KINDS } from '../kit/states.ts';
import { Ago, AppointmentTime } from '../kit/time.tsx';

export type Transaction = Schemas['transaction'];

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
  column<Transaction>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Transaction>('error', 'Error', (row) => row.errorCode ?? <span className="quiet">–</span>),
  column<Transaction>('attempts', 'Attempts', (row) => row.attempts, { isNumber: true }),
  column<Transaction>('age', 'Asked for', (row) => <Ago at={row.createdAt} />),
];
