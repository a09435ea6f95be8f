/** What puts versions of a mapping to use, and takes them out of it. The caller has locked the connection. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import type { MappingOf } from './mapping-names.ts';
import type { MappingTexts } from './mapping-tools.ts';

export interface NewVersion {
  readonly files: MappingTexts;
  readonly note?: string;
  /** The fields that are meant to change. */
  readonly announced?: readonly string[];
}

/** In use nowhere yet. */
export async function insertVersion(
  tx: Sql,
  of: MappingOf,
  clientId: string,
  { files, note, announced = [] }: NewVersion,
): Promise<{ readonly id: string; readonly number: number }> {
  const made = await tx.query<{ id: string; number: number }>(
    `insert into mapping_version (id, organization_id, connection_id, name, number, files, remark, announced, created_by)
     select $1, $2, $3, $4, coalesce(max(number), 0) + 1, $5, $6, $7, $8
     from mapping_version where connection_id = $3 and name = $4 returning id, number`,
    [
      newId(),
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

/** A version that is used for something. */
export interface VersionInUse {
  /** 0: the built-in one. */
  readonly number: number;
  readonly state: 'active' | 'canary';
}

/** The active one, and the canary where there is one. */
export async function versionsInUse(sql: Sql, { connectionId, name }: MappingOf): Promise<VersionInUse[]> {
  const found = await sql.query<VersionInUse & Record<string, unknown>>(
    `select number, state from mapping_version
     where connection_id = $1 and name = $2 and state in ('active', 'canary') order by state`,
    [connectionId, name],
  );
  const isActive = found.rows.some(({ state }) => state === 'active');
  return isActive ? found.rows : [{ number: 0, state: 'active' }, ...found.rows];
}

/**
 * A version that was made for nothing but one more row of a code table takes the place of the one that it was made of, whatever that
 * was used for. Nobody needs to announce it, and taking back goes to where it would have gone without it.
 */
export async function stepIn(
  tx: Sql,
  of: MappingOf,
  version: { readonly id: string; readonly number: number },
  { number, state }: VersionInUse,
  by: string,
): Promise<void> {
  const found = await tx.query(
    `select replaced, canary_share, canary_locations, canary_shadow from mapping_version
     where connection_id = $1 and name = $2 and number = $3`,
    [of.connectionId, of.name, number],
  );
  const before = found.rows[0] ?? {};
  await retire(tx, of, state);
  await tx.query(
    `update mapping_version set state = $2, published_by = $3, published_at = now(), replaced = $4, canary_share = $5,
       canary_locations = $6, canary_shadow = $7 where id = $1`,
    [
      version.id,
      state,
      by,
      before['replaced'] ?? null,
      before['canary_share'] ?? null,
      before['canary_locations'] ?? null,
      before['canary_shadow'] ?? null,
    ],
  );
  await renew(tx, of);
  await tell(tx, of, 'mapping.published', { number: version.number, replaced: number, as: state, by });
}

/** Returns the number of the version that was in that state. */
export async function retire(
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
export async function renew(tx: Sql, { connectionId }: MappingOf): Promise<void> {
  await tx.query('update connection set mapping_revision = mapping_revision + 1 where id = $1', [connectionId]);
}

/** Writes down who did what to the mapping. */
export const tell = (tx: Sql, of: MappingOf, type: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
  appendEvents(tx, [
    {
      type,
      organizationId: of.organizationId,
      connectionId: of.connectionId,
      data: { mapping: `${of.adapter}.${of.name}`, ...data },
    },
  ]);
