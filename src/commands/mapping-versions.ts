/** A connection's own versions of a mapping: draft, publish (as a canary first, where wanted), take back. */
import { v7 as uuidv7 } from 'uuid';
import { HubError, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { readRecordedInputs } from '../ledger/recorded-inputs.ts';
import type { Seal } from '../ledger/seal.ts';
import { checkSound, refusedByGate, unannounced, type UnannouncedField } from './mapping-gate.ts';
import { activeNumber, checkTexts, findMapping, textsOf, type MappingOf } from './mapping-names.ts';
import type { MappingDiff, MappingTexts, MappingTools } from './mapping-tools.ts';

export interface MappingVersionParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly tools: MappingTools;
}

export interface NewVersion {
  readonly connectionId: string;
  readonly files: MappingTexts;
  readonly note?: string;
  /** The fields that are meant to change. */
  readonly announced?: readonly string[];
}

export interface Publication {
  readonly connectionId: string;
  readonly number: number;
  readonly canary?: {
    /** Per cent of the transactions. */
    readonly share?: number;
    readonly locationIds?: readonly string[];
    /** Its output is compared, and not used. */
    readonly shadow?: boolean;
  };
  readonly override?: { readonly reason: string };
}

export interface Rollback {
  readonly connectionId: string;
  /** 0: the built-in one. Unless given: the canary ends; where there is none, the one before the active one is active again. */
  readonly to?: number;
}

/** Returns its number. It is in use nowhere yet, and need not even load. Errors: not-found, validation. */
export async function draftVersion(
  { db, tools }: MappingVersionParts,
  caller: Caller,
  fullName: string,
  input: NewVersion,
): Promise<number> {
  return db.transaction(async (tx) => {
    const of = await findMapping(tx, tools, caller, fullName, input.connectionId, true);
    checkTexts(of, input.files);
    const { number } = await insertVersion(tx, of, caller.clientId, input);
    await tell(tx, of, 'mapping.drafted', { number, by: caller.clientId });
    return number;
  });
}

/** The caller has locked the connection. */
export async function insertVersion(
  tx: Sql,
  of: MappingOf,
  clientId: string,
  { files, note, announced = [] }: Omit<NewVersion, 'connectionId'>,
): Promise<{ readonly id: string; readonly number: number }> {
  const made = await tx.query<{ id: string; number: number }>(
    `insert into mapping_version (id, organization_id, connection_id, name, number, files, remark, announced, created_by)
     select $1, $2, $3, $4, coalesce(max(number), 0) + 1, $5, $6, $7, $8
     from mapping_version where connection_id = $3 and name = $4 returning id, number`,
    [
      uuidv7(),
      of.organizationId,
      of.connectionId,
      of.name,
      JSON.stringify(files),
      note ?? null,
      [...announced],
      clientId,
    ],
  );
  const [row] = made.rows;
  if (!row) throw new Error('a version of a mapping was not inserted');
  return row;
}

interface VersionRow extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly announced: readonly string[];
  readonly published_at: string | null;
}

async function readVersion(
  sql: Sql,
  { connectionId, name }: MappingOf,
  number: number,
): Promise<VersionRow | undefined> {
  const found = await sql.query<VersionRow>(
    'select id, state, announced, published_at from mapping_version where connection_id = $1 and name = $2 and number = $3',
    [connectionId, name, number],
  );
  return found.rows[0];
}

/**
 * Every process uses it at its next call. Errors: not-found, state-conflict (it is in use so already, or another one was published
 * meanwhile), mapping-not-sound, mapping-changes-unannounced.
 */
export async function publishVersion(
  { db, seal, tools }: MappingVersionParts,
  caller: Caller,
  fullName: string,
  input: Publication,
): Promise<void> {
  const of = await findMapping(db, tools, caller, fullName, input.connectionId);
  const base = await activeNumber(db, of);
  const texts = await textsOf(db, tools, of, input.number);
  const version = await readVersion(db, of, input.number);
  if (!version)
    throw new HubError('state-conflict', 'The built-in version is not published: take back to it (rollback).');
  if (version.state === 'active') throw new HubError('state-conflict', 'The version is the active one already.');
  await checkLocations(db, of, input.canary?.locationIds ?? []);
  checkSound(tools, of, texts);
  // A canary in shadow changes nothing: it is there to find out.
  const found = input.canary?.shadow ? undefined : await compareWithActive({ db, seal, tools }, of, texts);
  const fields = found ? unannounced(found, version.announced) : [];
  if (found && fields.length > 0 && !input.override) throw refusedByGate(fields, found);
  await db.transaction(async (tx) => {
    await findMapping(tx, tools, caller, fullName, input.connectionId, true);
    if ((await activeNumber(tx, of)) !== base)
      throw new HubError('state-conflict', 'Another version was published meanwhile: look at it, and decide again.');
    await putToUse(tx, seal, of, version.id, { base, caller, input, fields });
  });
}

/** What the files make of the recorded inputs otherwise than the version in use. Errors: mapping-not-sound. */
export async function compareWithActive(
  { db, seal, tools }: MappingVersionParts,
  of: MappingOf,
  texts: MappingTexts,
): Promise<MappingDiff> {
  const active = await textsOf(db, tools, of, await activeNumber(db, of));
  return tools.diff(of, active, texts, await readRecordedInputs(db, seal, of));
}

/** Of a version what it says that it changes; of none, or of the built-in one, nothing. */
export async function announcedFields(sql: Sql, of: MappingOf, number = 0): Promise<readonly string[]> {
  return (await readVersion(sql, of, number))?.announced ?? [];
}

async function putToUse(
  tx: Sql,
  seal: Seal,
  of: MappingOf,
  versionId: string,
  given: {
    readonly base: number;
    readonly caller: Caller;
    readonly input: Publication;
    readonly fields: readonly UnannouncedField[];
  },
): Promise<void> {
  const { base, caller, input, fields } = given;
  const { canary, override, number } = input;
  await retire(tx, of, canary ? 'canary' : 'active');
  await tx.query(
    `update mapping_version set state = $2, canary_share = $3, canary_locations = $4, canary_shadow = $5, replaced = $6,
       published_by = $7, published_at = now(), override_reason = $8 where id = $1`,
    [
      versionId,
      canary ? 'canary' : 'active',
      canary ? (canary.share ?? 0) : null,
      canary ? [...(canary.locationIds ?? [])] : null,
      canary ? (canary.shadow ?? false) : null,
      base,
      caller.clientId,
      override ? seal.close(overrideRow(versionId), override.reason) : null,
    ],
  );
  await renew(tx, of);
  await tell(tx, of, 'mapping.published', {
    number,
    replaced: base,
    as: canary ? (canary.shadow ? 'shadow' : 'canary') : 'active',
    by: caller.clientId,
    ...(fields.length > 0
      ? { overridden: fields.map(({ what, field, messages }) => ({ what, field, messages })) }
      : {}),
  });
}

const overrideRow = (versionId: string): string => `mapping_version/${versionId}/override`;

/** Makes a version active that was made for nothing but one more row of a code table: nobody needs to announce that. */
export async function activate(tx: Sql, of: MappingOf, versionId: string, number: number, by: string): Promise<void> {
  const replaced = await activeNumber(tx, of);
  await retire(tx, of, 'active');
  await tx.query(
    `update mapping_version set state = 'active', replaced = $2, published_by = $3, published_at = now() where id = $1`,
    [versionId, replaced, by],
  );
  await renew(tx, of);
  await tell(tx, of, 'mapping.published', { number, replaced, as: 'active', by });
}

/** What was published last is taken back; every process follows at its next call. Errors: not-found, state-conflict. */
export async function rollBack(
  { db, tools }: MappingVersionParts,
  caller: Caller,
  fullName: string,
  { connectionId, to }: Rollback,
): Promise<void> {
  await db.transaction(async (tx) => {
    const of = await findMapping(tx, tools, caller, fullName, connectionId, true);
    const from = await activeNumber(tx, of);
    const endedCanary = await retire(tx, of, 'canary');
    const target = to ?? (endedCanary === undefined ? await numberBefore(tx, of) : from);
    if (target !== from) {
      const version = target === 0 ? undefined : await readVersion(tx, of, target);
      if (target !== 0 && !version?.published_at)
        throw new HubError('state-conflict', 'That version was never published: there is no way back to it.');
      await retire(tx, of, 'active');
      if (version) await tx.query(`update mapping_version set state = 'active' where id = $1`, [version.id]);
    } else if (endedCanary === undefined) {
      throw new HubError('state-conflict', 'There is nothing to take back: that version is the active one.');
    }
    await renew(tx, of);
    await tell(tx, of, 'mapping.rolled_back', {
      from,
      to: target,
      by: caller.clientId,
      ...(endedCanary === undefined ? {} : { endedCanary }),
    });
  });
}

async function numberBefore(tx: Sql, { connectionId, name }: MappingOf): Promise<number> {
  const found = await tx.query<{ replaced: number | null }>(
    `select replaced from mapping_version where connection_id = $1 and name = $2 and state = 'active'`,
    [connectionId, name],
  );
  return found.rows[0]?.replaced ?? 0;
}

/** Returns the number of the version that was in that state. */
async function retire(
  tx: Sql,
  { connectionId, name }: MappingOf,
  state: 'active' | 'canary',
): Promise<number | undefined> {
  const retired = await tx.query<{ number: number }>(
    `update mapping_version set state = 'retired', canary_share = null, canary_locations = null, canary_shadow = null
     where connection_id = $1 and name = $2 and state = $3 returning number`,
    [connectionId, name, state],
  );
  return retired.rows[0]?.number;
}

/** Whoever has read the mappings of the connection reads them again. */
async function renew(tx: Sql, { connectionId }: MappingOf): Promise<void> {
  await tx.query('update connection set mapping_revision = mapping_revision + 1 where id = $1', [connectionId]);
}

const tell = (tx: Sql, of: MappingOf, type: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
  appendEvents(tx, [
    {
      type,
      organizationId: of.organizationId,
      connectionId: of.connectionId,
      data: { mapping: `${of.adapter}.${of.name}`, ...data },
    },
  ]);

async function checkLocations(sql: Sql, { connectionId }: MappingOf, ids: readonly string[]): Promise<void> {
  const found = await sql.query<{ id: string }>(
    'select id from location where connection_id = $1 and id = any($2::uuid[])',
    [connectionId, ids],
  );
  const errors = ids
    .map((id, index) => ({
      id,
      pointer: `/canary/locationIds/${index}`,
      detail: 'expected a location of the connection',
    }))
    .filter(({ id }) => !found.rows.some((row) => row.id === id))
    .map(({ pointer, detail }) => ({ pointer, detail }));
  if (errors.length > 0)
    throw new HubError('validation', 'A canary can be held to locations of its connection.', { errors });
}
