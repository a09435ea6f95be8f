/**
 * Tells of appointments whose changes are held up by one that is stuck: once when it has lasted for as long as the policy of the
 * connection allows, and once when it is over. What was told is a row, so that of all processes one tells it.
 */
import type { Database, Sql } from '../db/database.ts';
import { repeat, type Log, type Repeated } from '../domain/index.ts';
import { appendEvents } from './event.ts';

const SWEEP_MS = 5_000;
const BATCH = 1_000;

interface Blocked {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly transactionId: string;
  readonly state: string;
  readonly errorCode: string | null;
  readonly ageSeconds: number;
  readonly waiting: number;
}

const TELL = `
  with due as (select * from appointment_block where is_due order by since limit $1),
  told as (
    insert into blocked_appointment as b (appointment_id, organization_id, connection_id, transaction_id)
    select appointment_id, organization_id, connection_id, transaction_id from due order by appointment_id
    on conflict (appointment_id) do update set transaction_id = excluded.transaction_id, told_at = now()
      where b.transaction_id <> excluded.transaction_id
    returning appointment_id)
  select d.organization_id as "organizationId", d.connection_id as "connectionId", d.appointment_id as "appointmentId",
    d.transaction_id as "transactionId", d.state, d.error_code as "errorCode", d.waiting,
    trunc(extract(epoch from now() - d.since))::int as "ageSeconds"
  from told join due d on d.appointment_id = told.appointment_id`;

const OVER = `
  delete from blocked_appointment b
  where not exists (select 1 from appointment_block n where n.appointment_id = b.appointment_id)
  returning b.organization_id as "organizationId", b.connection_id as "connectionId", b.appointment_id as "appointmentId",
    b.transaction_id as "transactionId"`;

type Place = Pick<Blocked, 'organizationId' | 'connectionId' | 'appointmentId' | 'transactionId'>;

const placeOf = ({ organizationId, connectionId, appointmentId, transactionId }: Place): Place => ({
  organizationId,
  connectionId,
  appointmentId,
  transactionId,
});

export interface Told {
  readonly blocked: readonly Blocked[];
  readonly unblocked: readonly Place[];
}

/** Tells what is new, by events. */
export function tellBlocked(db: Database): Promise<Told> {
  return db.transaction(async (tx) => {
    const blocked = await rows<Blocked>(tx, TELL, [BATCH]);
    const unblocked = await rows<Place>(tx, OVER, []);
    await appendEvents(tx, [
      ...blocked.map((each) => {
        const { state, errorCode, ageSeconds, waiting } = each;
        return { ...placeOf(each), type: 'appointment.blocked', data: { state, errorCode, ageSeconds, waiting } };
      }),
      ...unblocked.map((each) => ({ ...placeOf(each), type: 'appointment.unblocked' })),
    ]);
    return { blocked, unblocked };
  });
}

async function rows<Row>(tx: Sql, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  return (await tx.query<Row & Record<string, unknown>>(text, values)).rows;
}

/** Looks now and then every five seconds, until stopped. */
export const startTellingBlocked = (db: Database, log: Log): Repeated =>
  repeat(
    async () => {
      const { blocked } = await tellBlocked(db);
      for (const { errorCode, ...each } of blocked)
        log.warn(
          { ...each, code: errorCode },
          'changes of an appointment are held up: see GET /v1/blocked-appointments',
        );
    },
    {
      everyMs: SWEEP_MS,
      onError: (error) => log.warn({ err: error }, 'blocked appointments were not looked for; tried again soon'),
    },
  );
