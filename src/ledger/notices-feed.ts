/** What a connection's HIS has told by itself, as a look-up asks for it; the shape is adapter-kit's Feed. */
import type { Refusal } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { isId } from '../domain/index.ts';
import type { PatientKeys } from './keyring.ts';
import { patientsNamed } from './notices.ts';

interface Heard {
  readonly event: 'booked' | 'moved' | 'modified' | 'cancelled' | 'noshow';
  readonly externalId: string;
  readonly start?: string;
  readonly providerExternalId?: string;
  readonly at: string;
}

interface Row extends Record<string, unknown> {
  event: Heard['event'];
  external_id: string;
  start_at: string | null;
  provider_external_id: string | null;
  event_at: string;
}

const COLUMNS = 'event, external_id, start_at, provider_external_id, event_at';
const NEWEST_FIRST = 'event_at desc, (event = $$cancelled$$) desc, sequence desc';

const heardIn = (row: Row): Heard => ({
  event: row.event,
  externalId: row.external_id,
  at: row.event_at,
  ...(row.start_at === null ? {} : { start: row.start_at }),
  ...(row.provider_external_id === null ? {} : { providerExternalId: row.provider_external_id }),
});

export function openFeed({ db: sql, keys }: { readonly db: Sql; readonly keys: PatientKeys }, connectionId: string) {
  const newest = async (where: string, value: string): Promise<Heard | undefined> => {
    const found = await sql.query<Row>(
      `select ${COLUMNS} from notice where connection_id = $1 and kind = 'appointment' and ${where}
       order by ${NEWEST_FIRST} limit 1`,
      [connectionId, value],
    );
    const [row] = found.rows;
    return row && heardIn(row);
  };
  return {
    aboutTransaction: async (transactionId: string): Promise<Heard | undefined> =>
      isId(transactionId) ? newest('transaction_id = $2', transactionId) : undefined,

    aboutAppointment: (externalId: string): Promise<Heard | undefined> => newest('external_id = $2', externalId),

    async aboutPatient(patientExternalId: string, start: string): Promise<readonly Heard[]> {
      const connection = await sql.query<{ organization_id: string }>(
        'select organization_id from connection where id = $1',
        [connectionId],
      );
      const organizationId = connection.rows[0]?.organization_id ?? '';
      const named = await patientsNamed(sql, keys, { organizationId, connectionId }, [patientExternalId]);
      const patientId = named.get(patientExternalId);
      if (patientId === undefined) return [];
      const found = await sql.query<Row>(
        `select ${COLUMNS} from (
           select distinct on (external_id) * from notice
           where connection_id = $1 and kind = 'appointment' and external_id in (
             select external_id from notice where connection_id = $1 and patient_id = $2 and start_at = $3)
           order by external_id, ${NEWEST_FIRST}) as each
         where start_at = $3 order by event_at`,
        [connectionId, patientId, start],
      );
      return found.rows.map(heardIn);
    },

    async answerTo(messageId: string): Promise<Refusal | undefined> {
      const found = await sql.query<{ details: Refusal }>(
        `select details from notice where connection_id = $1 and kind = 'answer' and external_id = $2
         order by sequence desc limit 1`,
        [connectionId, messageId],
      );
      return found.rows[0]?.details;
    },
  };
}
