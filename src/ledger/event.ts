/** Events: what happened, in order, without PHI. They are a transaction's story, and what subscribers are told. */
import { newId } from '../db/new-id.ts';
import { prepared, type Sql } from '../db/database.ts';

export interface NewEvent {
  readonly organizationId: string;
  /** A name of contracts/events.yaml, e.g. appointment.booked. */
  readonly type: string;
  readonly connectionId?: string | null;
  readonly appointmentId?: string | null;
  readonly transactionId?: string | null;
  /** Ids, codes and times only. */
  readonly data?: Readonly<Record<string, unknown>>;
}

const APPEND = prepared(`
  insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
  select id, organization_id, type, connection_id, appointment_id, transaction_id, data
  from jsonb_to_recordset($1) as row (id uuid, organization_id uuid, type text, connection_id uuid,
    appointment_id uuid, transaction_id uuid, data jsonb)`);

export async function appendEvents(tx: Sql, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((each) => ({
    id: newId(),
    organization_id: each.organizationId,
    type: each.type,
    connection_id: each.connectionId ?? null,
    appointment_id: each.appointmentId ?? null,
    transaction_id: each.transactionId ?? null,
    data: each.data ?? {},
  }));
  await tx.query(APPEND, [JSON.stringify(rows)]);
}
