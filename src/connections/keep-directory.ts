/** Locations and providers of a HIS, kept under the HIS's own keys. */
import { newId } from '../db/new-id.ts';
import type { FoundLocation, FoundProvider } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { HIS_KEY } from '../ledger/work-order.ts';

export interface At {
  readonly connectionId: string;
  readonly organizationId: string;
}

/** The hub's id of a thing that the HIS calls `value`; made, and kept, when it is new. */
async function idOf(
  tx: Sql,
  at: At,
  entity: 'location' | 'provider',
  value: string,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const known = (): Promise<{ rows: { entity_id: string }[] }> =>
    tx.query<{ entity_id: string }>(
      `select entity_id from external_identifier
       where organization_id = $1 and connection_id = $2 and entity = $3 and system = $4 and value = $5`,
      [at.organizationId, at.connectionId, entity, HIS_KEY, value],
    );
  const [row] = (await known()).rows;
  if (row) return { id: row.entity_id, isNew: false };
  // Two messages of a HIS may name a newcomer at once: one makes it, the other waits for that and finds it.
  const id = newId();
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [at.organizationId, at.connectionId, entity, id, HIS_KEY, value],
  );
  const [made] = (await known()).rows;
  if (!made) throw new Error(`the key of a ${entity} was not kept`);
  return { id: made.entity_id, isNew: made.entity_id === id };
}

/** `if-new`: what is known already stays as it is. */
type Keeping = 'as-told' | 'if-new';

/**
 * Call inside a database transaction. A location whose zone the HIS does not give is in UTC until somebody says better: never
 * in the server's own zone.
 */
export async function keepLocations(
  tx: Sql,
  at: At,
  locations: readonly FoundLocation[],
  keeping: Keeping = 'as-told',
): Promise<number> {
  for (const location of locations) {
    const { id, isNew } = await idOf(tx, at, 'location', location.externalId);
    if (!isNew && keeping === 'if-new') continue;
    await tx.query(
      `insert into location (id, organization_id, connection_id, name, time_zone, address) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone, address = excluded.address,
           version = location.version + 1
         where (location.name, location.time_zone, location.address) is distinct from (excluded.name, excluded.time_zone, excluded.address)`,
      [id, at.organizationId, at.connectionId, location.name, location.timeZone ?? 'UTC', location.address ?? null],
    );
  }
  return locations.length;
}

/** Call inside a database transaction. */
export async function keepProviders(
  tx: Sql,
  at: At,
  providers: readonly FoundProvider[],
  keeping: Keeping = 'as-told',
): Promise<number> {
  for (const provider of providers) {
    const { id, isNew } = await idOf(tx, at, 'provider', provider.externalId);
    if (!isNew && keeping === 'if-new') {
      await keepWorkplaces(tx, at, id, provider.locationExternalIds ?? []);
      continue;
    }
    const written = await tx.query<{ is_new: boolean }>(
      `insert into provider (id, organization_id, connection_id, given, family, prefix, email, phone, specialties, languages, insurances)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (id) do update set given = excluded.given, family = excluded.family, prefix = excluded.prefix,
           email = excluded.email, phone = excluded.phone, specialties = excluded.specialties, languages = excluded.languages,
           insurances = excluded.insurances
         where (provider.given, provider.family, provider.prefix, provider.email, provider.phone, provider.specialties,
           provider.languages, provider.insurances) is distinct from (excluded.given, excluded.family, excluded.prefix,
           excluded.email, excluded.phone, excluded.specialties, excluded.languages, excluded.insurances)
         returning xmax = 0 as is_new`,
      [
        id,
        at.organizationId,
        at.connectionId,
        provider.name.given,
        provider.name.family,
        provider.name.prefix ?? null,
        provider.email ?? null,
        provider.phone ?? null,
        provider.specialties ?? [],
        provider.languages ?? [],
        provider.insurances ?? [],
      ],
    );
    if (written.rows[0]?.is_new === false) {
      await appendEvents(tx, [{ ...at, type: 'provider.changed', data: { providerId: id } }]);
    }
    await keepWorkplaces(tx, at, id, provider.locationExternalIds ?? []);
  }
  return providers.length;
}

async function keepWorkplaces(tx: Sql, at: At, providerId: string, locationKeys: readonly string[]): Promise<void> {
  await tx.query(
    `insert into provider_location (provider_id, location_id)
     select $1, e.entity_id from external_identifier e
     where e.connection_id = $2 and e.entity = 'location' and e.system = $3 and e.value = any($4)
     on conflict do nothing`,
    [providerId, at.connectionId, HIS_KEY, locationKeys],
  );
}
