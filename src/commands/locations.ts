/** Locations: the sites of an organization, each in its time zone. */
import { newId } from '../db/new-id.ts';
import { isId, notFound, timeZoneName, type Address, type Caller, type ManagedBy } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { FieldErrors } from './field-errors.ts';
import { managedByHis } from './hub-managed.ts';
import { cleanAddress, cleanText } from './person-fields.ts';
import { materialiseSchedule, windowFromNow } from './schedule-materialise.ts';
import { checkVersion } from './stale-version.ts';

export interface LocationInput {
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly address?: Address | null;
  /** The hub-managed connection of the organization, unless given. */
  readonly connectionId?: string;
}

/** Returns the new location's id. Errors: validation, managed-by-his. */
export async function createLocation(db: Database, caller: Caller, input: LocationInput): Promise<string> {
  const connection = await findConnection(db, caller, input.connectionId);
  const location = await checked(db, input, connection === undefined ? wrongConnection(input) : undefined);
  if (connection?.managed_by === 'his') throw managedByHis('location');
  const id = newId();
  await db.query(
    `insert into location (id, organization_id, connection_id, name, time_zone, address) values ($1, $2, $3, $4, $5, $6)`,
    [id, caller.organizationId, connection?.id, location.name, location.timeZone, json(location.address)],
  );
  return id;
}

/**
 * Replaces name, zone and address; a location stays with its connection. A HIS's location too: the zone of one that the HIS
 * does not tell has to be corrected by a person. Errors: not-found, stale-version, validation.
 */
export async function updateLocation(
  db: Database,
  caller: Caller,
  id: string,
  input: LocationInput,
  expectedVersion?: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    const present = await lockLocation(tx, caller, id);
    checkVersion(present.version, expectedVersion);
    const moved = input.connectionId !== undefined && input.connectionId !== present.connection_id;
    const location = await checked(
      tx,
      input,
      moved ? 'expected the connection that it has: a location stays with its connection' : undefined,
    );
    await tx.query(
      `update location set name = $3, time_zone = $4, address = $5, version = version + 1
       where id = $1 and organization_id = $2`,
      [id, caller.organizationId, location.name, location.timeZone, json(location.address)],
    );
    if (location.timeZone !== present.time_zone) await moveSchedules(tx, id);
  });
}

/** Schedules say wall times, so in another zone their slots are other instants. */
async function moveSchedules(tx: Sql, locationId: string): Promise<void> {
  const found = await tx.query<{ id: string }>(
    `select p.id from provider p join provider_location pl on pl.provider_id = p.id
     where pl.location_id = $1 and p.schedule -> 'rules' <> '[]' order by p.id for update of p`,
    [locationId],
  );
  for (const { id } of found.rows) await materialiseSchedule(tx, id, windowFromNow());
}

async function lockLocation(
  tx: Sql,
  caller: Caller,
  id: string,
): Promise<{ readonly version: number; readonly connection_id: string; readonly time_zone: string }> {
  if (!isId(id)) throw notFound('location');
  const found = await tx.query<{ version: number; connection_id: string; time_zone: string }>(
    'select version, connection_id, time_zone from location where id = $1 and organization_id = $2 for update',
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('location');
  return row;
}

async function findConnection(
  sql: Sql,
  caller: Caller,
  id: string | undefined,
): Promise<{ id: string; managed_by: ManagedBy } | undefined> {
  if (id !== undefined && !isId(id)) return undefined;
  const found = await sql.query<{ id: string; managed_by: ManagedBy }>(
    `select id, managed_by from connection
     where organization_id = $1 and (id = $2 or ($2::uuid is null and managed_by = 'hub')) order by created_at, id limit 1`,
    [caller.organizationId, id ?? null],
  );
  return found.rows[0];
}

const wrongConnection = (input: LocationInput): string =>
  input.connectionId === undefined
    ? 'expected a connection: your organization has no hub-managed one that could be taken by default'
    : 'expected the id of a connection of your organization';

async function checked(sql: Sql, input: LocationInput, connectionProblem: string | undefined) {
  const errors = new FieldErrors();
  if (connectionProblem !== undefined) errors.add('/connectionId', connectionProblem);
  const name = cleanText(input.name, '/name', errors);
  const address = cleanAddress(input.address, errors);
  const timeZone = await ianaZone(sql, input.timeZone, '/timeZone', errors);
  errors.check();
  return { name, address, timeZone };
}

/** The zone with the letters' case of its IANA name. Node and Postgres bring a table of zones each, of different years; both have to know it. */
export async function ianaZone(sql: Sql, text: string, pointer: string, errors: FieldErrors): Promise<string> {
  const timeZone = timeZoneName(text);
  if (timeZone !== undefined && (await knownToPostgres(sql, timeZone))) return timeZone;
  errors.add(pointer, 'expected an IANA time zone, such as America/New_York or Europe/Berlin');
  return '';
}

async function knownToPostgres(sql: Sql, timeZone: string): Promise<boolean> {
  const found = await sql.query('select 1 from pg_timezone_names where name = $1 limit 1', [timeZone]);
  return found.rowCount === 1;
}

const json = (address: Address | null): string | null => (address === null ? null : JSON.stringify(address));
