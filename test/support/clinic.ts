import { randomUUID } from 'node:crypto';
import { SANDBOX_POLICY, type Caller, type ManagedBy, type Role } from '../../src/domain/index.ts';
import type { Database } from '../../src/db/database.ts';

import { insertPatient } from './keys.ts';

/** An organization with a hub-managed connection, one location and one provider there, and callers of every kind. */
export interface Clinic {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly locationId: string;
  readonly providerId: string;
  /** A caller with a client id of its own, unless one is given. */
  caller(role?: Role, more?: Partial<Caller>): Caller;
  addConnection(managedBy: ManagedBy, policy?: object): Promise<string>;
  addLocation(timeZone: string, connectionId?: string): Promise<string>;
  addProvider(more?: {
    family?: string;
    given?: string[];
    specialties?: string[];
    languages?: string[];
    insurances?: string[];
    rating?: number | null;
    connectionId?: string;
    locationId?: string;
  }): Promise<string>;
  /** A free slot of half an hour that begins `inHours` from now (on a whole minute), unless told otherwise. */
  addSlot(more?: {
    providerId?: string;
    locationId?: string;
    connectionId?: string;
    inHours?: number;
    start?: string;
    seat?: number;
    status?: string;
    mode?: string;
    asOf?: string;
    hubManaged?: boolean;
    externalId?: string;
  }): Promise<string>;
  addPatient(): Promise<string>;
  /** Books the slot the way a booking leaves it: appointment, claim, slot busy. Returns the appointment's id. */
  book(slotId: string, patientId?: string): Promise<string>;
}

export async function createClinic(db: Database, timeZone = 'America/New_York'): Promise<Clinic> {
  const organizationId = randomUUID();
  await db.query('insert into organization (id, key, name) values ($1::uuid, $1::text, $2)', [
    organizationId,
    'Clinic',
  ]);

  const addConnection = async (managedBy: ManagedBy, policy: object = SANDBOX_POLICY): Promise<string> => {
    const id = randomUUID();
    await db.query(
      `insert into connection (id, organization_id, key, name, adapter, managed_by, policy) values ($1::uuid, $2, $1::text, 'C', 'any', $3, $4)`,
      [id, organizationId, managedBy, JSON.stringify(policy)],
    );
    return id;
  };
  const connectionId = await addConnection('hub');

  const addLocation = async (zone: string, connection = connectionId): Promise<string> => {
    const id = randomUUID();
    await db.query(
      'insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, $4, $5)',
      [id, organizationId, connection, `Site in ${zone}`, zone],
    );
    return id;
  };
  const locationId = await addLocation(timeZone);

  const addProvider: Clinic['addProvider'] = async (more = {}) => {
    const id = randomUUID();
    await db.query(
      `insert into provider (id, organization_id, connection_id, given, family, specialties, languages, insurances, rating)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        organizationId,
        more.connectionId ?? connectionId,
        more.given ?? ['Grace'],
        more.family ?? 'Okafor',
        more.specialties ?? [],
        more.languages ?? [],
        more.insurances ?? [],
        more.rating ?? null,
      ],
    );
    await db.query('insert into provider_location (provider_id, location_id) values ($1, $2)', [
      id,
      more.locationId ?? locationId,
    ]);
    return id;
  };
  const providerId = await addProvider();

  const addPatient = (): Promise<string> => insertPatient(db, organizationId);

  return {
    organizationId,
    connectionId,
    locationId,
    providerId,
    caller: (role = 'app', more = {}) => ({ organizationId, clientId: randomUUID(), role, ...more }),
    addConnection,
    addLocation,
    addProvider,
    addPatient,
    async addSlot(more = {}) {
      const id = randomUUID();
      const minute = Math.ceil(Date.now() / 60_000) * 60_000;
      const start = more.start ?? new Date(minute + (more.inHours ?? 24) * 3_600_000).toISOString();
      await db.query(
        `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, seat,
           hub_managed, external_id, as_of)
         values ($1, $2, $3, $4, $5, $6, $6::timestamptz + interval '30 minutes', $7, $8, $9, $10, $11, coalesce($12, now()))`,
        [
          id,
          organizationId,
          more.connectionId ?? connectionId,
          more.providerId ?? providerId,
          more.locationId ?? locationId,
          start,
          more.mode ?? 'in-person',
          more.status ?? 'free',
          more.seat ?? 1,
          more.hubManaged ?? true,
          more.externalId ?? null,
          more.asOf ?? null,
        ],
      );
      return id;
    },
    async book(slotId, patientId) {
      const id = randomUUID();
      const patient = patientId ?? (await addPatient());
      await db.transaction(async (tx) => {
        await tx.query(`update slot set status = 'busy' where id = $1`, [slotId]);
        await tx.query('insert into slot_claim (slot_id, appointment_id) values ($1, $2)', [slotId, id]);
        await tx.query(
          `insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at,
             end_at, mode, status, created_by)
           select $1, organization_id, connection_id, $2, id, provider_id, location_id, start_at, end_at, mode, 'booked', 'test'
           from slot where id = $3`,
          [id, patient, slotId],
        );
      });
      return id;
    },
  };
}
