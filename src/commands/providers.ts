/** Providers of hub-managed connections. Those of a HIS come from the HIS. */
import { newId } from '../db/new-id.ts';
import { HubError, type Caller, type HumanName, type Identifier } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { FieldErrors } from './field-errors.ts';
import { addWorkplaces, findSites, lockHubProvider, managedByHis, type Site } from './hub-managed.ts';
import { replaceIdentifiers } from './identifiers.ts';
import { cleanEmail, cleanIdentifiers, cleanName, cleanPhone, cleanTexts, isOwnSystem } from './person-fields.ts';
import { checkVersion } from './stale-version.ts';

export interface ProviderInput {
  readonly name: HumanName;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly specialties?: readonly string[];
  readonly languages?: readonly string[];
  readonly insurances?: readonly string[];
  /** At least one; all of one connection. */
  readonly locations: readonly string[];
  readonly identifiers?: readonly Identifier[];
}

/** Returns the new provider's id. Errors: validation, managed-by-his, state-conflict (identifier of another provider). */
export async function createProvider(db: Database, caller: Caller, input: ProviderInput): Promise<string> {
  const sites = await findSites(db, caller, input.locations);
  const [first] = sites.values();
  if ([...sites.values()].some((site) => site.managedBy === 'his')) throw managedByHis('location');
  const provider = checked(input, sites, first?.connectionId);
  const id = newId();
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into provider (id, organization_id, connection_id, given, family, prefix, email, phone, specialties, languages,
         insurances)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [id, caller.organizationId, first?.connectionId, ...columnsOf(provider)],
    );
    await addWorkplaces(tx, id, provider.locations);
    await replaceIdentifiers(
      tx,
      { organizationId: caller.organizationId, entity: 'provider', id },
      provider.identifiers,
    );
  });
  return id;
}

/** Replaces the provider's data. Errors: not-found, forbidden, managed-by-his, stale-version, validation, state-conflict. */
export async function updateProvider(
  db: Database,
  caller: Caller,
  id: string,
  input: ProviderInput,
  expectedVersion?: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    const present = await lockHubProvider(tx, caller, id);
    checkVersion(present.version, expectedVersion);
    const provider = checked(input, await findSites(tx, caller, input.locations), present.connectionId);
    await refuseToLeaveSchedule(tx, id, provider.locations);
    await tx.query(
      `update provider set given = $3, family = $4, prefix = $5, email = $6, phone = $7, specialties = $8, languages = $9,
         insurances = $10, version = version + 1
       where id = $1 and organization_id = $2`,
      [id, caller.organizationId, ...columnsOf(provider)],
    );
    await tx.query('delete from provider_location where provider_id = $1 and location_id <> all($2::uuid[])', [
      id,
      provider.locations,
    ]);
    await addWorkplaces(tx, id, provider.locations);
    await replaceIdentifiers(
      tx,
      { organizationId: caller.organizationId, entity: 'provider', id },
      provider.identifiers,
    );
  });
}

async function refuseToLeaveSchedule(tx: Sql, id: string, locations: readonly string[]): Promise<void> {
  const found = await tx.query<{ location: string }>(
    `select distinct rule ->> 'locationId' as location from provider, jsonb_array_elements(schedule -> 'rules') rule
     where id = $1 and not rule ->> 'locationId' = any($2)`,
    [id, locations],
  );
  const left = found.rows.map((row) => row.location);
  if (left.length === 0) return;
  throw new HubError(
    'state-conflict',
    `The schedule has rules at locations that the provider would leave: ${left.join(', ')}. Change the schedule first.`,
    {
      errors: [{ pointer: '/locations', detail: 'expected every location of the schedule' }],
    },
  );
}

function checked(input: ProviderInput, sites: ReadonlyMap<string, Site>, connectionId: string | undefined) {
  const errors = new FieldErrors();
  if (input.locations.length === 0) errors.add('/locations', 'expected at least one location');
  for (const [index, id] of input.locations.entries()) {
    const site = sites.get(id);
    if (!site) errors.add(`/locations/${index}`, 'expected the id of a location of your organization');
    else if (site.connectionId !== connectionId)
      errors.add(`/locations/${index}`, 'expected a location of the same connection as the others');
  }
  const provider = {
    name: cleanName(input.name, errors),
    email: cleanEmail(input.email, errors),
    phone: cleanPhone(input.phone, undefined, errors),
    specialties: cleanTexts(input.specialties, '/specialties', errors),
    languages: cleanTexts(input.languages, '/languages', errors),
    insurances: cleanTexts(input.insurances, '/insurances', errors),
    locations: [...new Set(input.locations)],
    identifiers: cleanIdentifiers(input.identifiers, errors),
  };
  errors.check();
  return { ...provider, identifiers: provider.identifiers.filter((each) => !isOwnSystem(each.system)) };
}

const columnsOf = ({ name, ...provider }: ReturnType<typeof checked>): unknown[] => [
  name.given,
  name.family,
  name.prefix,
  provider.email,
  provider.phone,
  provider.specialties,
  provider.languages,
  provider.insurances,
];
