import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { Link } from '../kit/link.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Ago } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';

type Delivery = Schemas['webhook-delivery'];

interface DeliveryRowsProps {
  readonly id: string;
  readonly state: string;
  readonly empty: ReactNode;
}

export function DeliveryRows({ id, state, empty }: DeliveryRowsProps) {
  const pages = usePages({
    key: ['webhooks', id, 'deliveries', state],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/webhooks/{id}/deliveries', {
          params: {
            path: { id },
            query: { limit, state: state as Delivery['state'], ...(cursor !== undefined && { cursor }) },
          },
          signal,
        }),
      ),
  });
  const columns = [
    column<Delivery>('type', 'Event', (row) => row.type),
    column<Delivery>('appointment', 'Appointment', (row) =>
      row.appointmentId === null ? (
        <span className="quiet">–</span>
      ) : (
        <Link to="/transactions" search={{ appointment: row.appointmentId }}>
          Its transactions
        </Link>
      ),
    ),
    column<Delivery>('attempts', 'Attempts', (row) => row.attempts, { isNumber: true }),
    column<Delivery>('created', 'Happened', (row) => <Ago at={row.createdAt} />),
    column<Delivery>('due', 'Next attempt', (row) =>
      row.dueAt === null ? <span className="quiet">–</span> : <Ago at={row.dueAt} />,
    ),
    column<Delivery>('resend', '', (row) => <Resend id={id} delivery={row.id} />),
  ];
  return <Rows name="Deliveries" columns={columns} keyOf={(row) => row.id} empty={empty} {...pages} />;
}

function Resend({ id, delivery }: { readonly id: string; readonly delivery: string }) {
  const may = useMay('resendWebhookDelivery');
  const resend = useAct({
    act: () =>
      answered(api.POST('/v1/webhooks/{id}/deliveries/{delivery}/resend', { params: { path: { id, delivery } } })),
    done: 'It is sent again.',
  });
  if (!may) return null;
  return (
    <Button variant="default" onClick={() => resend.mutate()} loading={resend.isPending}>
      Send again
    </Button>
  );
}
