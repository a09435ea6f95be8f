/** Nothing in a simulation is secret, and sealing takes time: keys that leave everything as it is. */
import type { BlindIndex } from '../../../src/ledger/blind-index.ts';
import type { PatientKeys } from '../../../src/ledger/keyring.ts';
import { FIELD_COLUMNS, fieldValues } from '../../../src/ledger/patient-fields.ts';
import type { Seal } from '../../../src/ledger/seal.ts';

export const OPEN_SEAL: Seal = {
  close: (_, text) => Buffer.from(text),
  open: (_, sealed) => sealed.toString(),
};

const OPEN_INDEX: BlindIndex = {
  email: (address) => address,
  phone: (number) => number,
  birth: (family, birthDate) => `${family} ${birthDate}`,
  person: (family, given, birthDate) => `${family} ${given.join(' ')} ${birthDate}`,
  identifier: (_, value) => value,
};

export const OPEN_KEYS: PatientKeys = {
  make: () => Promise.resolve({ key: OPEN_KEY, seal: OPEN_SEAL }),
  sealOf: () => Promise.resolve(OPEN_SEAL),
  indexOf: () => Promise.resolve(OPEN_INDEX),
};

export const OPEN_KEY = { version: 1, wrapped: Buffer.from('open') };

/** Statements that put a patient there: text, and values. */
export function patientRows(organizationId: string, id: string, family: string): [string, unknown[]][] {
  const fields = { name: { given: ['Ada'], family }, birthDate: '1980-01-01', email: null, phone: null, address: null };
  const of = { organizationId, patientId: id };
  return [
    [
      `insert into patient (id, organization_id, ${FIELD_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)`,
      [id, organizationId, ...fieldValues(OPEN_SEAL, OPEN_INDEX, of, fields)],
    ],
    [
      'insert into patient_key (patient_id, organization_id, version, wrapped) values ($1, $2, $3, $4)',
      [id, organizationId, OPEN_KEY.version, OPEN_KEY.wrapped],
    ],
  ];
}
