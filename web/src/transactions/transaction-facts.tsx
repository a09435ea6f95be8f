import { useMay } from '../api/may.ts';
import { Facts } from '../kit/facts.tsx';
import { Id } from '../kit/id.tsx';
import { Link } from '../kit/link.tsx';
import { ConnectionName, LocationName, ProviderName } from '../kit/name.tsx';
import { AppointmentTime, Instant } from '../kit/time.tsx';
import { OwnerMenu } from '../owner/owner-menu.tsx';
import { waitsForPerson } from '../kit/states.ts';
import type { Transaction } from './transaction-columns.tsx';

export function TransactionFacts({ transaction: t }: { readonly transaction: Transaction }) {
  const [mayCompare, mayOpen] = [useMay('readProviderDay'), useMay('readConnection')];
  return (
    <Facts
      of={[
        [
          'Owner',
          <OwnerMenu
            work="transaction"
            id={t.id}
            owner={t.owner}
            waits={t.settledAt === null || waitsForPerson(t.state)}
          />,
        ],
        [
          'Appointment',
          <>
            <AppointmentTime start={t.start} zone={t.timeZone} /> <span className="quiet">{t.timeZone}</span>
          </>,
        ],
        [
          'Provider',
          <>
            <ProviderName of={t.providerId} />
            {mayCompare && t.providerId !== undefined && t.start !== undefined && (
              <Link
                to="/reconciliation/day"
                // It is told by the clock of the location.
                search={{ provider: t.providerId, date: t.start.slice(0, 10) }}
                display="block"
              >
                What the hospital shows that day
              </Link>
            )}
          </>,
        ],
        ['Location', <LocationName of={t.locationId} />],
        [
          'Connection',
          mayOpen ? (
            <Link to="/connections/$id" params={{ id: t.connectionId }}>
              <ConnectionName of={t.connectionId} />
            </Link>
          ) : (
            <ConnectionName of={t.connectionId} />
          ),
        ],
        ['Key at the hospital', <Id of={t.externalId ?? null} isWhole />],
        ['Error', t.errorCode === null ? undefined : `${t.errorCode} (${t.errorClass ?? 'no class'})`],
        ['Attempts', t.attempts],
        ['Mapping version', t.mappingVersion ?? undefined],
        ['Asked for', <Instant at={t.createdAt} {...zoneOf(t)} />],
        ['Settled', t.settledAt === null ? 'not yet' : <Instant at={t.settledAt} {...zoneOf(t)} />],
        [
          'Next worked on',
          t.dueAt === null || t.dueAt === undefined ? undefined : <Instant at={t.dueAt} {...zoneOf(t)} />,
        ],
        ['Asked by', t.clientId],
        ['Transaction', <Id of={t.id} isWhole />],
        ['Appointment id', <Id of={t.appointmentId} isWhole />],
      ]}
    />
  );
}

const zoneOf = ({ timeZone }: Transaction) => (timeZone === undefined ? {} : { zone: timeZone });
