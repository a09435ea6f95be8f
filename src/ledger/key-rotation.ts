/**
 * Brings keys under a new root key, or patients' keys under a new key of their organization, while the hub works: a few at a time,
 * each by itself, so that it can be stopped anywhere and goes on where it was.
 */
import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { HUB_KEY_ROW } from './hub-key.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { KEY_BYTES, NEWEST_FOR_MS, organizationKeyRow, partsOf, type Keyring, type WrappedKey } from './keyring.ts';

/** Keys, and how many of them are wrapped by the newest key already. */
export interface RotationProgress {
  readonly done: number;
  readonly total: number;
}

/** In one step; a caller asks again until all is done. */
const AT_ONCE = 200;

export interface RotationParts {
  readonly db: Database;
  readonly keys: Keyring;
  readonly wrapper: KeyWrapper;
  /** Keys of one step. */
  readonly atOnce?: number;
}

export class KeyRotation {
  readonly #parts: RotationParts;
  readonly #atOnce: number;

  /** `db`: as the hub. */
  constructor(parts: RotationParts) {
    this.#parts = parts;
    this.#atOnce = parts.atOnce ?? AT_ONCE;
  }

  /** One step: the key of the hub and those of organizations, under the root key that comes first now. */
  async stepRoot(): Promise<RotationProgress> {
    const { db, wrapper } = this.#parts;
    await wrapper.refresh();
    const by = wrapper.id;
    const old = await db.query<{
      organization_id: string | null;
      version: number;
      wrapped: Buffer;
      wrapped_by: string;
    }>(
      `select null as organization_id, 0 as version, wrapped, wrapped_by from hub_key where wrapped_by <> $1
       union all (select organization_id, version, wrapped, wrapped_by from organization_key where wrapped_by <> $1
         order by organization_id, version limit $2)`,
      [by, this.#atOnce],
    );
    for (const { organization_id: organizationId, version, wrapped, wrapped_by: before } of old.rows) {
      const row = organizationId === null ? HUB_KEY_ROW : organizationKeyRow(organizationId, version);
      const anew = await wrapper.wrap(row, await wrapper.unwrap(row, wrapped, before));
      await (organizationId === null
        ? db.query('update hub_key set wrapped = $1, wrapped_by = $2, wrapped_at = now() where wrapped_by = $3', [
            anew.wrapped,
            anew.by,
            before,
          ])
        : db.query(
            `update organization_key set wrapped = $1, wrapped_by = $2, wrapped_at = now()
             where wrapped_by = $3 and organization_id = $4 and version = $5`,
            [anew.wrapped, anew.by, before, organizationId, version],
          ));
    }
    return this.progressOfRoot();
  }

  /** Changes nothing. */
  async progressOfRoot(): Promise<RotationProgress> {
    const { wrapper } = this.#parts;
    await wrapper.refresh();
    return this.#count(
      `select count(*) filter (where wrapped_by = $1) as done, count(*) as total
       from (select wrapped_by from hub_key union all select wrapped_by from organization_key) as each`,
      [wrapper.id],
    );
  }

  /** A new key of the organization: what is wrapped from now on is wrapped by it. Its blind indexes stay as they are. */
  async beginOrganization(organizationId: string): Promise<void> {
    const { db, keys, wrapper } = this.#parts;
    // There is one by then.
    await keys.indexOf(organizationId);
    const newest = await this.#newest(organizationId);
    const { index } = partsOf(
      await wrapper.unwrap(organizationKeyRow(organizationId, newest.version), newest.wrapped, newest.wrapped_by),
    );
    const version = newest.version + 1;
    const { wrapped, by } = await wrapper.wrap(
      organizationKeyRow(organizationId, version),
      Buffer.concat([randomBytes(KEY_BYTES), index]),
    );
    // Of two who begin at once, one does.
    await db.query(
      `insert into organization_key (organization_id, version, wrapped, wrapped_by) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [organizationId, version, wrapped, by],
    );
  }

  /** One step: patients' keys under the newest key of their organization. In the end the older ones are destroyed. */
  async stepOrganization(organizationId: string): Promise<RotationProgress> {
    const { db, keys } = this.#parts;
    await keys.indexOf(organizationId);
    const { version } = await this.#newest(organizationId);
    const old = await db.query<WrappedKey & { patient_id: string } & Record<string, unknown>>(
      `select patient_id, version, wrapped from patient_key where organization_id = $1 and version < $2
       order by patient_id limit $3`,
      [organizationId, version, this.#atOnce],
    );
    for (const row of old.rows) {
      const anew = await keys.rewrap(organizationId, row.patient_id, row, version);
      await db.query('update patient_key set version = $1, wrapped = $2 where patient_id = $3 and version = $4', [
        anew.version,
        anew.wrapped,
        row.patient_id,
        row.version,
      ]);
    }
    // Processes that have not heard of the newest one yet still wrap with the one before.
    await db.query(
      `delete from organization_key k where k.organization_id = $1 and k.version < $2
         and not exists (select from patient_key p where p.organization_id = k.organization_id and p.version = k.version)
         and exists (select from organization_key n where n.organization_id = $1 and n.version = $2
           and n.created_at < now() - $3 * interval '1 ms')`,
      [organizationId, version, 2 * NEWEST_FOR_MS],
    );
    return this.progressOfOrganization(organizationId);
  }

  /** Changes nothing. */
  progressOfOrganization(organizationId: string): Promise<RotationProgress> {
    return this.#count(
      `select count(*) filter (where version >= (select max(version) from organization_key where organization_id = $1)) as done,
         count(*) as total
       from patient_key where organization_id = $1`,
      [organizationId],
    );
  }

  async #newest(organizationId: string) {
    const found = await this.#parts.db.query<{ version: number; wrapped: Buffer; wrapped_by: string }>(
      `select version, wrapped, wrapped_by from organization_key where organization_id = $1 order by version desc limit 1`,
      [organizationId],
    );
    const [row] = found.rows;
    if (!row) throw new Error(`organization ${organizationId} has no key`);
    return row;
  }

  async #count(text: string, values: readonly unknown[]): Promise<RotationProgress> {
    const found = await this.#parts.db.query<{ done: number; total: number }>(text, values);
    return found.rows[0] ?? { done: 0, total: 0 };
  }
}
