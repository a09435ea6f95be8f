import { Skeleton } from '@mantine/core';
import { Link } from '../kit/link.tsx';
import { Section } from '../kit/section.tsx';
import { State } from '../kit/state.tsx';
import { KINDS } from '../kit/states.ts';
import { Ago, AppointmentTime } from '../kit/time.tsx';
import type { Transaction } from './transaction-columns.tsx';
import { useRelated } from './use-transaction.ts';

/** Everything that was asked for the same appointment, in its order. */
export function RelatedTransactions({ transaction }: { readonly transaction: Transaction }) {
  const { data } = useRelated(transaction.appointmentId);
  return (
    <Section title="The appointment’s transactions" isList>
      <table className="rows" aria-label="The appointment’s transactions">
        <tbody>
          {(data ?? [transaction]).map((each) => (
            <tr key={each.id} aria-current={each.id === transaction.id || undefined}>
              <td data-name="What">
                {each.id === transaction.id ? (
                  <b>{KINDS[each.kind]}</b>
                ) : (
                  <Link to="/transactions/$id" params={{ id: each.id }}>
                    {KINDS[each.kind]}
                  </Link>
                )}
              </td>
              <td data-name="State">
                <State of={each.state} />
              </td>
              <td data-name="To">
                <AppointmentTime start={each.start} zone={each.timeZone} />
              </td>
              <td data-name="Asked for">
                <Ago at={each.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!data && <Skeleton height={20} m="sm" />}
    </Section>
  );
}
