import { ConnectionName, LocationName } from '../kit/name.tsx';
import { Link } from '../kit/link.tsx';
import { column } from '../kit/rows.tsx';
import { KINDS, waitsForPerson } from '../kit/states.ts';
import { Ago, AppointmentTime } from '../kit/time.tsx';
import { OwnerMenu } from '../owner/owner-menu.tsx';
import { ReplayActions } from '../replay/replay-actions.tsx';
import { nextStep } from '../transactions/next-step.ts';
import type { Transaction } from '../transactions/transaction-columns.tsx';

/** What was asked, and what can safely be done about it. */
export const REVIEW_COLUMNS = [
  column<Transaction>('kind', 'What', (row) => (
    <Link to="/transactions/$id" params={{ id: row.id }} fw={500}>
      {KINDS[row.kind]}
    </Link>
  )),
  column<Transaction>('start', 'Appointment', (row) => (
    <>
      <AppointmentTime start={row.start} zone={row.timeZone} />
      <div className="quiet">
        <LocationName of={row.locationId} />
      </div>
    </>
  )),
  column<Transaction>('connection', 'Connection', (row) => <ConnectionName of={row.connectionId} />),
  column<Transaction>('error', 'Error', (row) => row.errorCode ?? <span className="quiet">–</span>),
  column<Transaction>('step', 'What to do', (row) => <div style={{ maxWidth: 360 }}>{nextStep(row).text}</div>),
  column<Transaction>('age', 'Waits', (row) => <Ago at={row.settledAt} />),
  column<Transaction>('owner', 'Owner', (row) => (
    <OwnerMenu work="transaction" id={row.id} owner={row.owner} waits={waitsForPerson(row.state)} />
  )),
  column<Transaction>('actions', '', (row) => (
    <div style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>
      <ReplayActions transaction={row} isSmall />
    </div>
  )),
];
