/** Events as they are told: CloudEvents 1.0 in JSON, with the `timestamp` that Standard Webhooks asks for. Ids, codes and times only. */
import { prepared, type Sql } from '../db/database.ts';

/** contracts/schemas/event.schema.json */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly timestamp: string;
  readonly datacontenttype: 'application/json';
  /** The order of all events of the hub: a higher one happened later. Decimal digits. */
  readonly sequence: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event with its place in the order. */
export interface PlacedEvent {
  readonly position: number;
  readonly sequence: number;
  readonly id: string;
  readonly organizationId: string;
  readonly type: string;
  readonly connectionId: string | null;
  readonly appointmentId: string | null;
  readonly transactionId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly occurredAt: string;
}

export const EVENT_COLUMNS = `e.sequence, e.id, e.organization_id as "organizationId", e.type, e.connection_id as "connectionId",
  e.appointment_id as "appointmentId", e.transaction_id as "transactionId", e.data, e.occurred_at as "occurredAt"`;

/**
 * SQL: the event `e` of the position `p`. One by one, because each is looked for in one piece of the table only: of a plain join the
 * planner thinks that all pieces are asked for each, and reads them whole.
 */
export const EVENT_OF_POSITION = `cross join lateral (select * from event where id = p.event_id limit 1) e`;

export interface EventRange {
  /** Those after this position. */
  readonly after: number;
  readonly limit: number;
}

const READ = prepared(`
  select p.position, ${EVENT_COLUMNS} from event_position p ${EVENT_OF_POSITION}
  where p.position > $1 order by p.position limit $2`);

/** In the order of their positions. */
export async function readEvents(sql: Sql, { after, limit }: EventRange): Promise<readonly PlacedEvent[]> {
  const found = await sql.query<PlacedEvent & Record<string, unknown>>(READ, [after, limit]);
  return found.rows;
}

export function cloudEvent(event: PlacedEvent): CloudEvent {
  const { connectionId, appointmentId, transactionId } = event;
  const subject = subjectOf(event);
  return {
    specversion: '1.0',
    id: event.id,
    source: `urn:tessera:organization:${event.organizationId}`,
    type: event.type,
    ...(subject !== undefined && { subject }),
    time: event.occurredAt,
    timestamp: event.occurredAt,
    datacontenttype: 'application/json',
    sequence: String(event.position),
    data: {
      ...event.data,
      ...(connectionId !== null && { connectionId }),
      ...(appointmentId !== null && { appointmentId }),
      ...(transactionId !== null && { transactionId }),
    },
  };
}

/** What it is about, as a path of the API. */
function subjectOf({ appointmentId, transactionId, connectionId }: PlacedEvent): string | undefined {
  if (appointmentId !== null) return `appointments/${appointmentId}`;
  if (transactionId !== null) return `transactions/${transactionId}`;
  return connectionId === null ? undefined : `connections/${connectionId}`;
}

/** What keeps its order: events with the same key are told one after the other. */
export const orderKey = (event: PlacedEvent): string =>
  event.appointmentId ?? event.connectionId ?? event.organizationId;
