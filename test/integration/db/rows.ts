import { randomUUID } from 'node:crypto';
import type { Sql } from '../../../src/db/database.ts';

/** The least a slot needs: an organization, a connection, a location, a provider, a patient. Ids of the rows. */
export interface Clinic {
  readonly organization: string;
  readonly connection: string;
  readonly location: string;
  readonly provider: string;
  readonly patient: string;
}

export async function insertClinic(sql: Sql): Promise<Clinic> {
  const [organization, connection, location, provider, patient] = Array.from({ length: 5 }, () => randomUUID());
  if (!organization || !connection || !location || !provider || !patient) throw new Error('expected five ids');
  await sql.query('insert into organization (id, key, name) values ($1, $2, $2)', [
    organization,
    `org-${organization}`,
  ]);
  await sql.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, policy)
     values ($1, $2, 'his', 'HIS', 'sandbox', 'hub', '{}')`,
    [connection, organization],
  );
  await sql.query(
    `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'Clinic', 'Europe/Berlin')`,
    [location, organization, connection],
  );
  await sql.query(
    `insert into provider (id, organization_id, connection_id, given, family) values ($1, $2, $3, '{Ada}', 'Test')`,
    [provider, organization, connection],
  );
  await sql.query('insert into patient (id, organization_id) values ($1, $2)', [patient, organization]);
  return { organization, connection, location, provider, patient };
}

/** `start`, `end`: instants. Returns the slot's id. */
export async function insertSlot(
  sql: Sql,
  clinic: Clinic,
  start: string,
  end: string,
  more: { hubManaged?: boolean; seat?: number } = {},
): Promise<string> {
  const id = randomUUID();
  await sql.query(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, seat, hub_managed)
     values ($1, $2, $3, $4, $5, $6, $7, 'in-person', 'free', $8, $9)`,
    [
      id,
      clinic.organization,
      clinic.connection,
      clinic.provider,
      clinic.location,
      start,
      end,
      more.seat ?? 1,
      more.hubManaged ?? true,
    ],
  );
  return id;
}

/** Returns the appointment's id. */
export async function insertAppointment(sql: Sql, clinic: Clinic, slot: string): Promise<string> {
  const id = randomUUID();
  await sql.query(
    `insert into appointment
       (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at, mode, status, created_by)
     select $1, organization_id, connection_id, $2, id, provider_id, location_id, start_at, end_at, mode, 'pending', 'app'
       from slot where id = $3`,
    [id, clinic.patient, slot],
  );
  return id;
}
