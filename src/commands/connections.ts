/** Connections: describe a HIS, change the description, stop and start sending to it. Secrets come in, and never go out. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, PRODUCTION_POLICY, type Caller, type Policy } from '../domain/index.ts';
import { isUniqueViolation, type Database, type Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { forgetExpiries } from '../ledger/connection-expiry.ts';
import { pauseConnection as pause, resumeConnection as resume } from '../ledger/connection-state.ts';
import { openSecrets, secretsRow, type Seal } from '../ledger/seal.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import { checkSettings, type AdapterCatalogue, type InstalledAdapter, type Settings } from './connection-settings.ts';
import { FieldErrors } from './field-errors.ts';
import { ianaZone } from './locations.ts';
import { cleanText } from './person-fields.ts';

export interface ConnectionParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly queue: Queue;
  readonly adapters: AdapterCatalogue;
}

export interface ConnectionInput extends Settings {
  readonly key: string;
  readonly name: string;
  /** Id of an installed adapter. */
  readonly adapter: string;
  /** What is left out has the production default. */
  readonly policy?: Partial<Policy>;
  /** The site, where the adapter cannot list those of its HIS. */
  readonly location?: LocationOfHis;
  readonly state?: 'active' | 'paused';
}

interface LocationOfHis {
  readonly name: string;
  readonly timeZone: string;
  /** The HIS's own key of the site. */
  readonly externalId?: string;
}

export interface ConnectionChange {
  readonly name?: string;
  /** Replaces the whole. */
  readonly config?: Settings['config'];
  /** By name; null takes one away, the others stay. */
  readonly secrets?: Readonly<Record<string, string | null>>;
  readonly policy?: Partial<Policy>;
}

/** Returns the new connection's id. Errors: validation, state-conflict (the key is in use). */
export async function createConnection(
  parts: ConnectionParts,
  caller: Caller,
  input: ConnectionInput,
): Promise<string> {
  const errors = new FieldErrors();
  const adapter = parts.adapters.find(input.adapter);
  if (!adapter) errors.add('/adapter', `expected one of those installed here: ${parts.adapters.ids.join(', ')}`);
  const name = cleanText(input.name, '/name', errors);
  const policy = { ...PRODUCTION_POLICY, ...input.policy };
  checkSettings(errors, adapter, input, policy);
  const location = input.location && (await checkedLocation(parts.db, errors, adapter, input.location));
  errors.check();
  if (!adapter) throw new Error('an adapter that is not installed has passed the check');

  const id = newId();
  const sealed = sealedSecrets(parts.seal, id, input.secrets);
  await parts.db.transaction(async (tx) => {
    await tx
      .query(
        `insert into connection (id, organization_id, key, name, adapter, managed_by, config, secrets, policy, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          caller.organizationId,
          input.key,
          name,
          input.adapter,
          adapter.managedBy,
          JSON.stringify(input.config),
          sealed,
          JSON.stringify(policy),
          input.state ?? 'active',
        ],
      )
      .catch(explainKey);
    if (location) await addLocation(tx, caller, id, location);
  });
  return id;
}

/** Errors: not-found, validation, state-conflict (its adapter is not installed any more). */
export async function changeConnection(
  parts: ConnectionParts,
  caller: Caller,
  id: string,
  change: ConnectionChange,
): Promise<void> {
  await parts.db.transaction(async (tx) => {
    const present = await lockConnection(tx, caller, id);
    const errors = new FieldErrors();
    const name = change.name === undefined ? present.name : cleanText(change.name, '/name', errors);
    const config = change.config ?? present.config;
    const touched = change.config !== undefined || change.secrets !== undefined;
    const secrets = touched ? changedSecrets(parts.seal, id, present.secrets, change) : {};
    const policy = { ...present.policy, ...change.policy };
    const adapter = touched ? installedAdapter(parts, present.adapter) : undefined;
    checkSettings(errors, adapter, { config, secrets }, policy);
    errors.check();
    await tx.query(
      `update connection set name = $3, config = $4, policy = $5, secrets = $6 where id = $1 and organization_id = $2`,
      [
        id,
        caller.organizationId,
        name,
        JSON.stringify(config),
        JSON.stringify(policy),
        touched ? sealedSecrets(parts.seal, id, secrets) : present.secrets,
      ],
    );
    if (touched) await forgetExpiries(tx, id);
  });
}

/** Bookings go on being accepted, and wait. Errors: not-found. */
export async function pauseConnection(
  parts: ConnectionParts,
  caller: Caller,
  id: string,
  reason?: string,
): Promise<void> {
  await parts.db.transaction(async (tx) => {
    await lockConnection(tx, caller, id);
    await pause(tx, id, reason ?? null);
  });
}

/** What waited is sent. Errors: not-found. */
export async function resumeConnection(parts: ConnectionParts, caller: Caller, id: string): Promise<void> {
  await parts.db.transaction(async (tx) => {
    await lockConnection(tx, caller, id);
    await resume(tx, parts.queue, id);
  });
}

interface Present {
  readonly name: string;
  readonly adapter: string;
  readonly config: Settings['config'];
  readonly policy: Policy;
  readonly secrets: Buffer | null;
}

async function lockConnection(tx: Sql, caller: Caller, id: string): Promise<Present> {
  if (!isId(id)) throw notFound('connection');
  const found = await tx.query<Present & Record<string, unknown>>(
    `select name, adapter, config, policy, secrets from connection where id = $1 and organization_id = $2 for update`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('connection');
  return row;
}

function installedAdapter(parts: ConnectionParts, id: string): InstalledAdapter {
  const adapter = parts.adapters.find(id);
  if (adapter) return adapter;
  throw new HubError(
    'state-conflict',
    `The adapter "${id}" of this connection is not installed here (there are ${parts.adapters.ids.join(', ')}): install it again, or make a new connection.`,
  );
}

const sealedSecrets = (seal: Seal, id: string, secrets: Settings['secrets']): Buffer =>
  seal.close(secretsRow(id), JSON.stringify(secrets));

/** What cannot be opened (another root key) is lost: then all that are needed must come with the change. */
function changedSecrets(seal: Seal, id: string, sealed: Buffer | null, change: ConnectionChange): Settings['secrets'] {
  const secrets = { ...openSecrets(seal, id, sealed), ...change.secrets };
  return Object.fromEntries(Object.entries(secrets).filter((each): each is [string, string] => each[1] !== null));
}

async function checkedLocation(
  sql: Sql,
  errors: FieldErrors,
  adapter: InstalledAdapter | undefined,
  location: LocationOfHis,
): Promise<LocationOfHis> {
  if (adapter?.listsLocations) {
    errors.add(
      '/location',
      'expected none: this adapter reads the sites, with their keys and zones, from the HIS itself',
    );
  }
  const name = cleanText(location.name, '/location/name', errors);
  return { ...location, name, timeZone: await ianaZone(sql, location.timeZone, '/location/timeZone', errors) };
}

async function addLocation(tx: Sql, caller: Caller, connectionId: string, location: LocationOfHis): Promise<void> {
  const id = newId();
  await tx.query(
    `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, $4, $5)`,
    [id, caller.organizationId, connectionId, location.name, location.timeZone],
  );
  if (location.externalId === undefined) return;
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, 'location', $3, $4, $5)`,
    [caller.organizationId, connectionId, id, HIS_KEY, location.externalId],
  );
}

function explainKey(error: unknown): never {
  if (!isUniqueViolation(error, 'connection_organization_id_key_key')) throw error;
  throw new HubError(
    'state-conflict',
    'Another connection of your organization has this key. Choose another one, or change that connection (PATCH).',
    {
      errors: [{ pointer: '/key', detail: 'expected a key that no other connection of your organization has' }],
      cause: error,
    },
  );
}
