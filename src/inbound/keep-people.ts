/**
 * What a HIS tells of its patients, kept of those that the hub knows: a hospital's feed names everybody who is treated there, and
 * nobody is made a patient of the hub by it.
 */
import type { Notice } from '../adapter-kit/index.ts';
import type { At } from '../connections/keep-directory.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { ALSO_KEY, patientsNamed } from '../ledger/notices.ts';
import { HIS_KEY } from '../ledger/work-order.ts';

export type ToldOfPeople = Extract<Notice, { kind: 'patient' | 'merge' }>;

/** In the order in which it happened, as far as it is known: a chain of merges ends where its last one says. */
export async function keepPeople(tx: Sql, at: At, told: readonly ToldOfPeople[]): Promise<void> {
  for (const notice of told.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (notice.kind === 'patient') await keepPatient(tx, at, notice);
    else await merge(tx, at, notice);
  }
}

/** Only what was told, and differs. An address of mail that another patient has is left out: by it patients are found. */
async function keepPatient(tx: Sql, at: At, notice: Extract<Notice, { kind: 'patient' }>): Promise<void> {
  const id = await firstNamed(tx, at, notice.keys);
  if (id === undefined) return;
  await keepKeys(tx, at, id, notice.keys);
  const { name, birthDate, email, phone, address } = notice.person;
  const changed = await tx.query(
    `update patient p set given = n.given, family = n.family, birth_date = n.birth_date, email = n.email, phone = n.phone,
       address = n.address, version = p.version + 1
     from (select coalesce($3::text[], q.given) as given, coalesce($4::text, q.family) as family,
         coalesce($5::date, q.birth_date) as birth_date, coalesce($7::text, q.phone) as phone, coalesce($8::jsonb, q.address) as address,
         case when $6::text is null or exists (select 1 from patient o where o.organization_id = $1 and o.id <> $2 and lower(o.email) = lower($6))
           then q.email else $6 end as email
       from patient q where q.id = $2) n
     where p.id = $2 and p.organization_id = $1
       and (p.given, p.family, p.birth_date, p.email, p.phone, p.address) is distinct from
         (n.given, n.family, n.birth_date, n.email, n.phone, n.address)`,
    [
      at.organizationId,
      id,
      name?.given ?? null,
      name?.family ?? null,
      birthDate ?? null,
      email ?? null,
      phone ?? null,
      address === undefined ? null : JSON.stringify(address),
    ],
  );
  if (changed.rowCount === 1) await tell(tx, at, 'patient.changed', { patientId: id });
}

/** Whatever the HIS calls a patient beside the key that the hub uses: a merge may name it by any. */
async function keepKeys(tx: Sql, at: At, patientId: string, keys: readonly string[]): Promise<void> {
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     select $1, $2, 'patient', $3::uuid, $4, key from unnest($5::text[]) as key
     where key <> $3::uuid::text and not exists (
       select 1 from external_identifier where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $6 and value = key)
     on conflict do nothing`,
    [at.organizationId, at.connectionId, patientId, ALSO_KEY, keys, HIS_KEY],
  );
}

/**
 * The retired key names whoever is left. Where the hub knew two patients, the appointments of the retired one at this HIS are the
 * other's from now on; at other HISs nobody has merged anything.
 */
async function merge(tx: Sql, at: At, { survivor, retired }: Extract<Notice, { kind: 'merge' }>): Promise<void> {
  const gone = await firstNamed(tx, at, [retired]);
  const left = await firstNamed(tx, at, survivor);
  const kept = left ?? gone;
  if (kept === undefined) return;
  const isOfTwo = left !== undefined && gone !== undefined && left !== gone;
  await tx.query(
    `update external_identifier set value = $5
     where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $4 and value = $3`,
    [at.organizationId, at.connectionId, retired, HIS_KEY, survivor.find((key) => key !== left) ?? survivor[0]],
  );
  await tx.query(
    `update external_identifier set entity_id = $4
     where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $3 and entity_id = $5`,
    [at.organizationId, at.connectionId, ALSO_KEY, kept, gone ?? kept],
  );
  await keepKeys(tx, at, kept, [retired, ...survivor, ...(isOfTwo ? [gone] : [])]);
  const moved = isOfTwo ? await moveAppointments(tx, at, gone, left) : 0;
  const merged = isOfTwo ? { mergedPatientId: gone } : {};
  await tell(tx, at, 'patient.merged', { patientId: kept, ...merged, moved });
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

async function firstNamed(tx: Sql, at: At, keys: readonly string[]): Promise<string | undefined> {
  const named = await patientsNamed(tx, at, keys);
  return keys.flatMap((key) => named.get(key) ?? [])[0];
}

const tell = (tx: Sql, at: At, type: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
  appendEvents(tx, [{ organizationId: at.organizationId, connectionId: at.connectionId, type, data }]);
