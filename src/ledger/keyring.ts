/** The keys of patients, and how they are reached: by the organization's, which the root key wraps. */
import { randomBytes } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import { createBlindIndex, type BlindIndex } from './blind-index.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { createSeal, type Seal } from './seal.ts';

/** A patient's key as it is kept: wrapped by this version of its organization's key. It travels with the rows that it opens. */
export interface WrappedKey {
  readonly version: number;
  readonly wrapped: Buffer;
}

export interface PatientKeys {
  /** For a new patient. */
  make(organizationId: string, patientId: string): Promise<{ readonly key: WrappedKey; readonly seal: Seal }>;
  /** Throws when the key is another patient's, or another organization's. */
  sealOf(organizationId: string, patientId: string, key: WrappedKey): Promise<Seal>;
  indexOf(organizationId: string): Promise<BlindIndex>;
}

export const KEY_BYTES = 32;
/** Organizations whose keys are kept unwrapped in this process. Patients' are not: to unwrap one takes some microseconds. */
const ORGANIZATIONS_MAX = 1_000;
/** So soon a process wraps with a new version that another one has made. */
export const NEWEST_FOR_MS = 30_000;

export const organizationKeyRow = (organizationId: string, version: number): string =>
  `organization_key/${organizationId}/${version}`;
export const patientKeyRow = (organizationId: string, patientId: string): string =>
  `patient_key/${organizationId}/${patientId}`;

interface OrganizationKeys {
  readonly newest: number;
  readonly seals: ReadonlyMap<number, Seal>;
  readonly index: BlindIndex;
  readonly readAt: number;
}

/** What is wrapped of an organization: the key that wraps its patients', and the secret of its blind indexes, which outlives rotations. */
export const partsOf = (unwrapped: Buffer): { readonly wrapping: Buffer; readonly index: Buffer } => ({
  wrapping: unwrapped.subarray(0, KEY_BYTES),
  index: unwrapped.subarray(KEY_BYTES),
});

export class Keyring implements PatientKeys {
  readonly #sql: Sql;
  readonly #wrapper: KeyWrapper;
  readonly #organizations = new Map<string, Promise<OrganizationKeys>>();

  /** `sql`: as the hub; no organization may read the keys of organizations. */
  constructor(sql: Sql, wrapper: KeyWrapper) {
    this.#sql = sql;
    this.#wrapper = wrapper;
  }

  async make(organizationId: string, patientId: string) {
    const { newest, seals } = await this.#keysOf(organizationId, (keys) => Date.now() - keys.readAt < NEWEST_FOR_MS);
    const patientKey = randomBytes(KEY_BYTES);
    const wrapped = sealOfVersion(seals, newest, organizationId).close(
      patientKeyRow(organizationId, patientId),
      patientKey.toString('base64'),
    );
    return { key: { version: newest, wrapped }, seal: createSeal(patientKey) };
  }

  async sealOf(organizationId: string, patientId: string, { version, wrapped }: WrappedKey): Promise<Seal> {
    const { seals } = await this.#keysOf(organizationId, (keys) => keys.seals.has(version));
    const opened = sealOfVersion(seals, version, organizationId).open(
      patientKeyRow(organizationId, patientId),
      wrapped,
    );
    return createSeal(Buffer.from(opened, 'base64'));
  }

  /** The same key, wrapped by a newer version of its organization's. */
  async rewrap(organizationId: string, patientId: string, key: WrappedKey, version: number): Promise<WrappedKey> {
    const { seals } = await this.#keysOf(
      organizationId,
      (keys) => keys.seals.has(version) && keys.seals.has(key.version),
    );
    const row = patientKeyRow(organizationId, patientId);
    const opened = sealOfVersion(seals, key.version, organizationId).open(row, key.wrapped);
    return { version, wrapped: sealOfVersion(seals, version, organizationId).close(row, opened) };
  }

  async indexOf(organizationId: string): Promise<BlindIndex> {
    return (await this.#keysOf(organizationId, () => true)).index;
  }

  async #keysOf(organizationId: string, isGood: (keys: OrganizationKeys) => boolean): Promise<OrganizationKeys> {
    const kept = this.#organizations.get(organizationId);
    if (kept) {
      const keys = await kept;
      if (isGood(keys)) return keys;
    }
    const read = this.#read(organizationId);
    // What could not be read is read again by whoever asks next.
    read.catch(() => this.#organizations.delete(organizationId));
    const [oldest] = this.#organizations.keys();
    if (oldest !== undefined && this.#organizations.size >= ORGANIZATIONS_MAX) this.#organizations.delete(oldest);
    this.#organizations.set(organizationId, read);
    return read;
  }

  async #read(organizationId: string): Promise<OrganizationKeys> {
    const rows = await this.#rows(organizationId);
    if (rows.length === 0) {
      await this.#makeFirst(organizationId);
      rows.push(...(await this.#rows(organizationId)));
    }
    const opened = await Promise.all(
      rows.map(async ({ version, wrapped, wrapped_by: by }) => ({
        version,
        parts: partsOf(await this.#wrapper.unwrap(organizationKeyRow(organizationId, version), wrapped, by)),
      })),
    );
    const newest = opened.at(-1);
    if (!newest) throw new Error(`organization ${organizationId} has no key`);
    return {
      newest: newest.version,
      seals: new Map(opened.map(({ version, parts }) => [version, createSeal(parts.wrapping)])),
      index: createBlindIndex(newest.parts.index),
      readAt: Date.now(),
    };
  }

  async #rows(organizationId: string) {
    const found = await this.#sql.query<{ version: number; wrapped: Buffer; wrapped_by: string }>(
      'select version, wrapped, wrapped_by from organization_key where organization_id = $1 order by version',
      [organizationId],
    );
    return found.rows;
  }

  /** Of several processes at once, one makes it. */
  async #makeFirst(organizationId: string): Promise<void> {
    const { wrapped, by } = await this.#wrapper.wrap(organizationKeyRow(organizationId, 1), randomBytes(2 * KEY_BYTES));
    await this.#sql.query(
      `insert into organization_key (organization_id, version, wrapped, wrapped_by) values ($1, 1, $2, $3)
       on conflict do nothing`,
      [organizationId, wrapped, by],
    );
  }
}

function sealOfVersion(seals: ReadonlyMap<number, Seal>, version: number, organizationId: string): Seal {
  const seal = seals.get(version);
  if (!seal) throw new Error(`organization ${organizationId} has no key of version ${version}`);
  return seal;
}
