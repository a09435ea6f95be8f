/**
 * What a HIS tells of its patients, kept of those that the hub knows: a hospital's feed names everybody who is treated there, and
 * nobody is made a patient of the hub by it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Notice } from '../adapter-kit/index.ts';
import type { At } from '../connections/keep-directory.ts';
import type { Sql } from '../db/database.ts';
import type { BlindIndex } from '../ledger/blind-index.ts';
import { appendEvents } from '../ledger/event.ts';
import type { PatientKeys } from '../ledger/keyring.ts';
import { patientsNamed } from '../ledger/notices.ts';
import {
  FIELD_COLUMNS,
  fieldValues,
  openFields,
  openIdentifier,
  sealIdentifier,
  type PatientFields,
} from '../ledger/patient-fields.ts';
import { ALSO_KEY, HIS_KEY, MERGED } from '../ledger/patient-systems.ts';
import type { Seal } from '../ledger/seal.ts';

export type ToldOfPeople = Extract<Notice, { kind: 'patient' | 'merge' }>;

/** In the order in which it happened, as far as it is known: a chain of merges ends where its last one says. */
export async function keepPeople(tx: Sql, keys: PatientKeys, at: At, told: readonly ToldOfPeople[]): Promise<void> {
  for (const notice of told.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (notice.kind === 'patient') await keepPatient(tx, keys, at, notice);
    else await merge(tx, keys, at, notice);
  }
}

/** Only what was told, and differs. An address of mail that another patient has is left out: by it patients are found. */
async function keepPatient(
  tx: Sql,
  keys: PatientKeys,
  at: At,
  notice: Extract<Notice, { kind: 'patient' }>,
): Promise<void> {
  const id = await firstNamed(tx, keys, at, notice.keys);
  if (id === undefined) return;
  const known = await openKnown(tx, keys, at, id);
  if (!known) return;
  await keepKeys(tx, at, known, notice.keys);
  const { name, birthDate, email, phone, address } = notice.person;
  const { fields, index, seal } = known;
  const isFree = email !== undefined && (await isFreeEmail(tx, at, id, index.email(email)));
  const now: PatientFields = {
    name: { given: name?.given ?? fields.name.given, family: name?.family ?? fields.name.family },
    birthDate: birthDate ?? fields.birthDate,
    email: isFree ? email : fields.email,
    phone: phone ?? fields.phone,
    address: address ?? fields.address,
  };
  if (isDeepStrictEqual(now, fields)) return;
  await tx.query(`update patient set (${FIELD_COLUMNS}) = ($2, $3, $4, $5, $6), version = version + 1 where id = $1`, [
    id,
    ...fieldValues(seal, index, { organizationId: at.organizationId, patientId: id }, now),
  ]);
  await tell(tx, at, 'patient.changed', { patientId: id });
}

interface Known {
  readonly id: string;
  readonly seal: Seal;
  readonly index: BlindIndex;
  readonly fields: PatientFields;
}

/** Undefined: of another organization, or erased. */
async function openKnown(tx: Sql, keys: PatientKeys, at: At, id: string): Promise<Known | undefined> {
  const found = await tx.query<{ sealed: Buffer; version: number; wrapped: Buffer }>(
    `select p.sealed, k.version, k.wrapped from patient p join patient_key k on k.patient_id = p.id
     where p.id = $1 and p.organization_id = $2 and p.sealed is not null for update of p, k`,
    [id, at.organizationId],
  );
  const [row] = found.rows;
  if (!row) return undefined;
  const of = { organizationId: at.organizationId, patientId: id };
  const seal = await keys.sealOf(of.organizationId, id, row);
  return { id, seal, index: await keys.indexOf(of.organizationId), fields: openFields(seal, of, row.sealed) };
}

async function isFreeEmail(tx: Sql, at: At, id: string, email: string): Promise<boolean> {
  const others = await tx.query('select 1 from patient where organization_id = $1 and id <> $2 and email_index = $3', [
    at.organizationId,
    id,
    email,
  ]);
  return others.rowCount === 0;
}

/** Whatever the HIS calls a patient beside the key that the hub uses: a merge may name it by any. */
async function keepKeys(tx: Sql, at: At, { id, seal, index }: Known, keys: readonly string[]): Promise<void> {
  const of = { organizationId: at.organizationId, patientId: id };
  const kept = { connectionId: at.connectionId, system: ALSO_KEY };
  const rows = keys.filter((key) => key !== id).map((key) => sealIdentifier(seal, index, of, kept, key));
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value, sealed)
     select $1, $2, 'patient', $3::uuid, $4, told.value, told.sealed from unnest($5::text[], $7::bytea[]) as told (value, sealed)
     where not exists (
       select 1 from external_identifier
       where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $6 and value = told.value)
     on conflict do nothing`,
    [
      at.organizationId,
      at.connectionId,
      id,
      ALSO_KEY,
      rows.map(({ value }) => value),
      HIS_KEY,
      rows.map(({ sealed }) => sealed),
    ],
  );
}

/**
 * The retired key names whoever is left. Where the hub knew two patients, the appointments of the retired one at this HIS are the
 * other's from now on; at other HISs nobody has merged anything.
 */
async function merge(
  tx: Sql,
  keys: PatientKeys,
  at: At,
  { survivor, retired }: Extract<Notice, { kind: 'merge' }>,
): Promise<void> {
  const gone = await firstNamed(tx, keys, at, [retired]);
  const left = await firstNamed(tx, keys, at, survivor);
  const keptId = left ?? gone;
  const kept = keptId === undefined ? undefined : await openKnown(tx, keys, at, keptId);
  if (!kept) return;
  const isOfTwo = left !== undefined && gone !== undefined && left !== gone;
  await renameOwnKeys(tx, keys, at, retired, survivor.find((key) => key !== left) ?? survivor[0] ?? retired);
  await takeOverKeys(tx, keys, at, gone ?? kept.id, kept);
  await keepKeys(tx, at, kept, [retired, ...survivor]);
  if (isOfTwo) await keepMerged(tx, at, gone, left);
  const moved = isOfTwo ? await moveAppointments(tx, at, gone, left) : 0;
  const merged = isOfTwo ? { mergedPatientId: gone } : {};
  await tell(tx, at, 'patient.merged', { patientId: kept.id, ...merged, moved });
}

/** Whoever the HIS knew by the retired key, it knows by the other one: what is sealed for each patient is sealed anew. */
async function renameOwnKeys(tx: Sql, keys: PatientKeys, at: At, retired: string, name: string): Promise<void> {
  const index = await keys.indexOf(at.organizationId);
  const old = index.identifier(HIS_KEY, retired);
  const named = await tx.query<{ id: string }>(
    `select entity_id as id from external_identifier
     where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $3 and value = $4`,
    [at.organizationId, at.connectionId, HIS_KEY, old],
  );
  for (const { id } of named.rows) {
    const known = await openKnown(tx, keys, at, id);
    if (!known) continue;
    const of = { organizationId: at.organizationId, patientId: id };
    const kept = { connectionId: at.connectionId, system: HIS_KEY };
    const { value, sealed } = sealIdentifier(known.seal, index, of, kept, name);
    await tx.query(
      `update external_identifier set value = $4, sealed = $5
       where connection_id = $1 and entity = 'patient' and entity_id = $2 and system = $3`,
      [at.connectionId, id, HIS_KEY, value, sealed],
    );
  }
}

/** The further keys of one patient become another's. */
async function takeOverKeys(tx: Sql, keys: PatientKeys, at: At, from: string, to: Known): Promise<void> {
  const previous = from === to.id ? undefined : await openKnown(tx, keys, at, from);
  if (!previous) return;
  const kept = { connectionId: at.connectionId, system: ALSO_KEY };
  const taken = await tx.query<{ value: string; sealed: Buffer }>(
    `delete from external_identifier
     where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $3 and entity_id = $4
     returning value, sealed`,
    [at.organizationId, at.connectionId, ALSO_KEY, from],
  );
  const of = { organizationId: at.organizationId, patientId: from };
  await keepKeys(
    tx,
    at,
    to,
    taken.rows.map(({ sealed }) => openIdentifier(previous.seal, of, kept, sealed)),
  );
  await tx.query(
    `update external_identifier set entity_id = $4
     where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $3 and entity_id = $5`,
    [at.organizationId, at.connectionId, MERGED, to.id, from],
  );
}

/** The hub's own id of who is gone leads to who is left. */
async function keepMerged(tx: Sql, at: At, gone: string, left: string): Promise<void> {
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, 'patient', $3, $4, $5) on conflict do nothing`,
    [at.organizationId, at.connectionId, left, MERGED, gone],
  );
}

async function moveAppointments(tx: Sql, at: At, from: string, to: string): Promise<number> {
  const moved = await tx.query(
    `update appointment set patient_id = $3, version = version + 1, updated_at = now() where connection_id = $1 and patient_id = $2`,
    [at.connectionId, from, to],
  );
  await tx.query('update notice set patient_id = $3 where connection_id = $1 and patient_id = $2', [
    at.connectionId,
    from,
    to,
  ]);
  return moved.rowCount ?? 0;
}

async function firstNamed(
  tx: Sql,
  patientKeys: PatientKeys,
  at: At,
  keys: readonly string[],
): Promise<string | undefined> {
  const named = await patientsNamed(tx, patientKeys, at, keys);
  return keys.flatMap((key) => named.get(key) ?? [])[0];
}

const tell = (tx: Sql, at: At, type: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
  appendEvents(tx, [{ organizationId: at.organizationId, connectionId: at.connectionId, type, data }]);
