/** Notes down, for each webhook that wants an event, that it is to be sent. A batch that comes twice is noted once. */
import { newId } from '../db/new-id.ts';
import { prepared, type Sql } from '../db/database.ts';
import type { Follower } from './follower.ts';

/** A test is for one webhook, which has it already. */
const WANTED = `w.organization_id = e.organization_id and w.state = 'enabled' and e.type <> 'webhook.test'
  and (cardinality(w.types) = 0 or e.type = any(w.types)) and (w.connection_id is null or w.connection_id = e.connection_id)`;

const FAN_OUT = prepared(`
  select w.id as webhook_id, e.organization_id, e.sequence, e.appointment_id
  from event e join webhook w on ${WANTED} where e.id = any($1::uuid[]) order by e.sequence`);

const ENABLED = prepared(`select from webhook where state = 'enabled' limit 1`);

interface Wanted extends Record<string, unknown> {
  readonly webhook_id: string;
}

export const webhookFanOut = (sql: Sql): Follower => ({
  name: 'webhooks',
  isWanted: async () => (await sql.query(ENABLED)).rowCount !== 0,
  async take(events) {
    const wanted = await sql.query<Wanted>(FAN_OUT, [events.map((each) => each.id)]);
    if (wanted.rows.length === 0) return;
    await sql.query(
      `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence, appointment_id)
       select id, webhook_id, organization_id, sequence, appointment_id
       from jsonb_to_recordset($1) as row (id uuid, webhook_id uuid, organization_id uuid, sequence bigint, appointment_id uuid)
       where exists (select 1 from webhook w where w.id = row.webhook_id)
       on conflict do nothing`,
      [JSON.stringify(wanted.rows.map((each) => ({ id: newId(), ...each })))],
    );
  },
});
