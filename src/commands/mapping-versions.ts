/** A connection's own versions of a mapping: draft, publish (as a canary first, where wanted), take back. */
import { HubError, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { readRecordedInputs } from '../ledger/recorded-inputs.ts';
import type { Seal } from '../ledger/seal.ts';
import { endWaitsOf } from './codes-of-version.ts';
import { checkSound, refusedByGate, unannounced, type UnannouncedField } from './mapping-gate.ts';
import { activeNumber, checkTexts, findMapping, textsOf, type MappingOf } from './mapping-names.ts';
import type { MappingDiff, MappingTexts, MappingTools } from './mapping-tools.ts';
import { insertVersion, renew, retire, tell, type NewVersion } from './mapping-use.ts';

export interface MappingVersionParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly tools: MappingTools;
}

export interface Draft extends NewVersion {
  readonly connectionId: string;
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
  input: Draft,
): Promise<number> {
  return db.transaction(async (tx) => {
    const of = await findMapping(tx, tools, caller, fullName, input.connectionId, true);
    checkTexts(of, input.files);
    const { number } = await insertVersion(tx, of, caller.clientId, input);
    await tell(tx, of, 'mapping.drafted', { number, by: caller.clientId });
    return number;
  });
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
 * Every process uses it at its next call, and what waited for a code that it lists goes on; returns whether the HIS is to be read
 * again, for what was left out. Errors: not-found, state-conflict (it is in use so already, or another one was published
 * meanwhile), mapping-not-sound, mapping-changes-unannounced.
 */
export async function publishVersion(
  { db, seal, tools, queue }: MappingVersionParts & { readonly queue: Queue },
  caller: Caller,
  fullName: string,
  input: Publication,
): Promise<boolean> {
  const of = await findMapping(db, tools, caller, fullName, input.connectionId);
  const base = await activeNumber(db, of);
  const texts = await textsOf(db, tools, of, input.number);
  const version = await readVersion(db, of, input.number);
  if (!version)
    throw new HubError('state-conflict', 'The built-in version is not published: take back to it (rollback).');
  if (version.state === 'active') throw new HubError('state-conflict', 'The version is the active one already.');
  refuseEmptyCanary(input.canary);
  await checkLocations(db, of, input.canary?.locationIds ?? []);
  await checkSound(tools, of, texts);
  // A canary in shadow changes nothing: it is there to find out.
  const found = input.canary?.shadow ? undefined : await compareWithActive({ db, seal, tools }, of, texts);
  const fields = found ? unannounced(found, version.announced) : [];
  if (found && fields.length > 0 && !input.override) throw refusedByGate(fields, found);
  return db.transaction(async (tx) => {
    await findMapping(tx, tools, caller, fullName, input.connectionId, true);
    if ((await activeNumber(tx, of)) !== base)
      throw new HubError('state-conflict', 'Another version was published meanwhile: look at it, and decide again.');
    await putToUse(tx, seal, of, version.id, { base, caller, input, fields });
    return input.canary ? false : endWaitsOf(tx, { queue, tools }, of, caller.clientId);
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

/** A canary of nothing would be believed in, and find nothing out. */
function refuseEmptyCanary(canary: Publication['canary']): void {
  if (!canary || (canary.share ?? 0) > 0 || (canary.locationIds ?? []).length > 0) return;
  const detail = 'expected a share above 0, or locations; 100 with shadow compares everything';
  throw new HubError('validation', 'A canary has a part of the traffic.', { errors: [{ pointer: '/canary', detail }] });
}

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
