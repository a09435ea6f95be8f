import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { metaErrors } from '../support/meta-schema.ts';
import { loadContracts } from '../../src/contracts.ts';
import {
  APPOINTMENT_STATUSES,
  CONNECTION_STATES,
  ERROR_CODES,
  MODES,
  SLOT_STATUSES,
  TRANSACTION_EDGES,
  TRANSACTION_KINDS,
  TRANSACTION_STATES,
} from '../../src/domain/index.ts';

const contracts = loadContracts('contracts');
const schemas = Object.entries(contracts.openapi.components.schemas);

test.each(schemas)('%s is a schema, compiles in strict mode, and its examples fit it', (name, schema) => {
  expect(metaErrors(schema)).toBeNull();
  const validate = contracts.validator(name);
  for (const example of 'examples' in schema ? [schema.examples].flat() : []) {
    expect([validate(example), validate.errors]).toEqual([true, null]);
  }
});

/** Taking a name out of this list lets it into the logs. */
test('these members are personal data', () => {
  expect([...contracts.phiKeys]).toEqual(
    expect.arrayContaining([
      'address',
      'birthDate',
      'city',
      'email',
      'family',
      'given',
      'identifiers',
      'line',
      'phone',
      'postalCode',
      'reason',
    ]),
  );
});

test('words that name other things too are not taken for personal data', () => {
  for (const word of ['id', 'name', 'value', 'system', 'status', 'items', 'code'])
    expect(contracts.phiKeys.has(word)).toBe(false);
});

test('the error registry and the codes of the domain are the same list', () => {
  expect(Object.keys(contracts.errors).toSorted()).toEqual([...ERROR_CODES].toSorted());
});

test.each(Object.entries(contracts.errors))('%s says its status, title, recovery and help', (_code, entry) => {
  expect(entry).toEqual({
    status: expect.any(Number),
    title: expect.stringMatching(/.{10}/),
    recovery: expect.stringMatching(/^(retry|settle|fix|give-up)$/),
    help: expect.stringMatching(/.{20}/),
  });
  expect(entry.status).toBeGreaterThanOrEqual(400);
  expect(entry.status).toBeLessThan(600);
});

test('every event that a transaction emits is in the catalogue, and the catalogue promises no other of them', () => {
  const catalogue: Record<string, unknown> = parse(readFileSync('contracts/events.yaml', 'utf8'));
  for (const line of Object.values(catalogue)) expect(line).toEqual(expect.stringMatching(/^[A-Z].{15,}\.$/));
  const promised = Object.keys(catalogue).filter((type) => type.startsWith('transaction.'));
  const emitted = new Set(TRANSACTION_EDGES.map((each) => each.emits));
  expect(promised.toSorted()).toEqual([...emitted].toSorted());
});

test.each([
  ['appointment-status', '', APPOINTMENT_STATUSES],
  ['transaction-state', '', TRANSACTION_STATES],
  ['transaction-kind', '', TRANSACTION_KINDS],
  ['mode', '', MODES],
  ['slot', 'status', SLOT_STATUSES],
  ['connection', 'state', CONNECTION_STATES],
])('%s %s has the words of the domain', (name, property, words) => {
  const schema: unknown = contracts.openapi.components.schemas[name];
  const at = property === '' ? schema : Object(Object(schema).properties)[property];
  expect(at).toMatchObject({ enum: [...words] });
});

test('a name that refers into another schema, or into its own, is found in the bundle', () => {
  expect(contracts.validator('patient')({ id: 'p' })).toBe(false);
  expect(() => contracts.validator('nothing')).toThrow('no contract contracts/schemas/nothing.schema.json');
});
