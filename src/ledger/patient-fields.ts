/** What is known of a patient, as it is kept: sealed with the patient's key, beside what it is found by. */
import type { Address, HumanName, Identifier } from '../domain/index.ts';
import type { BlindIndex } from './blind-index.ts';
import type { PatientKeys } from './keyring.ts';
import { HIS_KEY } from './patient-systems.ts';
import type { Seal } from './seal.ts';

export interface PatientFields {
  readonly name: HumanName;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
  readonly address: Address | null;
}

const fieldsRow = (organizationId: string, patientId: string): string =>
  `patient/${organizationId}/${patientId}/sealed`;
const identifierRow = ({ organizationId, patientId }: Named, { connectionId, system }: KeptIn): string =>
  `external_identifier/${organizationId}/${patientId}/${connectionId ?? ''}/${system}`;

/** The columns of table patient, in the order of `FIELD_COLUMNS`. */
export const FIELD_COLUMNS = 'sealed, email_index, phone_index, birth_index, person_index';

export interface Named {
  readonly organizationId: string;
  readonly patientId: string;
}

/** Where an identifier belongs. `connectionId` is null for those that no connection owns. */
export interface KeptIn {
  readonly connectionId: string | null;
  readonly system: string;
}

export function fieldValues(seal: Seal, index: BlindIndex, of: Named, fields: PatientFields): unknown[] {
  const { name, birthDate, email, phone, address } = fields;
  const kept = { name: { given: name.given, family: name.family }, birthDate, email, phone, address };
  return [
    seal.close(fieldsRow(of.organizationId, of.patientId), JSON.stringify(kept)),
    email === null ? null : index.email(email),
    phone === null ? null : index.phone(phone),
    index.birth(name.family, birthDate),
    index.person(name.family, name.given, birthDate),
  ];
}

export const openFields = (seal: Seal, of: Named, sealed: Buffer): PatientFields =>
  JSON.parse(seal.open(fieldsRow(of.organizationId, of.patientId), sealed)) as PatientFields;

/** A value of external_identifier of a patient, and what it stands for. */
export const sealIdentifier = (seal: Seal, index: BlindIndex, of: Named, kept: KeptIn, value: string) => ({
  value: index.identifier(kept.system, value),
  sealed: seal.close(identifierRow(of, kept), value),
});

export const openIdentifier = (seal: Seal, of: Named, kept: KeptIn, sealed: Buffer): string =>
  seal.open(identifierRow(of, kept), sealed);

/** A patient as SQL gives it: everything sealed, in base64, with the key that opens it. */
export interface SealedPatient {
  readonly id: string;
  readonly organizationId: string;
  /** Null: the patient was erased. */
  readonly key: string | null;
  readonly keyVersion: number;
  readonly sealed: string | null;
  /** At the connection that is asked about. */
  readonly externalId: { readonly connectionId: string; readonly sealed: string } | null;
  readonly identifiers: readonly (KeptIn & { readonly sealed: string })[];
}

export interface OpenedPatient extends PatientFields {
  readonly id: string;
  /** Of this patient's key. */
  readonly seal: Seal;
  readonly externalId: string | null;
  readonly identifiers: readonly Identifier[];
}

const OWN_MEMBERS = `'id', p.id, 'organizationId', p.organization_id,
    'key', encode(pk.wrapped, 'base64'), 'keyVersion', pk.version, 'sealed', encode(p.sealed, 'base64')`;
const identifiers = (where: string): string => `coalesce((
      select jsonb_agg(jsonb_build_object('connectionId', e.connection_id, 'system', e.system, 'sealed', encode(e.sealed, 'base64')))
      from external_identifier e where e.entity = 'patient' and e.entity_id = p.id and e.system <> '${HIS_KEY}'
        and e.sealed is not null${where}), '[]')`;

/** SQL: members of a JSON object for a SealedPatient, of `patient p left join patient_key pk`. */
export const SEALED_MEMBERS = `${OWN_MEMBERS}, 'externalId', null, 'identifiers', ${identifiers('')}`;

/** The same with what is known at one connection. `connection`: an SQL expression for its id. */
export const sealedMembersAt = (connection: string): string => `${OWN_MEMBERS},
    'externalId', (select jsonb_build_object('connectionId', e.connection_id, 'sealed', encode(e.sealed, 'base64'))
      from external_identifier e where e.connection_id = ${connection}
        and e.entity = 'patient' and e.entity_id = p.id and e.system = '${HIS_KEY}'),
    'identifiers', ${identifiers(` and (e.connection_id is null or e.connection_id = ${connection})`)}`;

/** Undefined: the patient was erased. */
export async function openPatient(keys: PatientKeys, sealed: SealedPatient): Promise<OpenedPatient | undefined> {
  if (sealed.key === null || sealed.sealed === null) return undefined;
  const of = { organizationId: sealed.organizationId, patientId: sealed.id };
  const key = { version: sealed.keyVersion, wrapped: bytes(sealed.key) };
  const seal = await keys.sealOf(of.organizationId, of.patientId, key);
  return {
    id: sealed.id,
    seal,
    ...openFields(seal, of, bytes(sealed.sealed)),
    externalId:
      sealed.externalId &&
      openIdentifier(seal, of, { ...sealed.externalId, system: HIS_KEY }, bytes(sealed.externalId.sealed)),
    identifiers: sealed.identifiers.map((each) => ({
      system: each.system,
      value: openIdentifier(seal, of, each, bytes(each.sealed)),
    })),
  };
}

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
