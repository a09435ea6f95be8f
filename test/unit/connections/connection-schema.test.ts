import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Adapter } from '../../../src/adapter-kit/index.ts';
import { adapterCatalogue } from '../../../src/connections/connection-schema.ts';
import { loadAdapters } from '../../../src/connections/load-adapters.ts';

const installed = await loadAdapters(join(import.meta.dirname, '../../../adapters'));
const [[, some] = []] = installed;

const withSchema = (id: string, configSchema: object): Adapter =>
  ({ ...some, manifest: { ...some?.manifest, id, configSchema } }) as Adapter;
const catalogueOf = (...schemas: readonly object[]) =>
  adapterCatalogue(
    new Map(schemas.map((schema, nth) => [`vendor-${nth}`, withSchema(`vendor-${nth}`, schema)])),
    (errors, prefix) =>
      errors.map(({ instancePath, message = '' }) => ({ pointer: `${prefix}${instancePath}`, detail: message })),
  );

test('every installed adapter has its entry', () => {
  expect(adapterCatalogue(installed, () => []).ids).toEqual([...installed.keys()]);
});

test.each([
  ['a type that there is none of', { type: 'nonsense' }],
  ['properties that are none', { type: 'object', properties: 5 }],
  ['a length that no text has', { type: 'object', properties: { key: { type: 'string', minLength: -1 } } }],
  ['a reference to nowhere', { $ref: '#/$defs/nowhere' }],
])('a settings schema with %s ends the start, and says of which adapter it is', (_what, schema) => {
  expect(() => catalogueOf({ type: 'object' }, schema)).toThrow(
    'adapters/vendor-1: its configSchema is no JSON Schema 2020-12',
  );
});

test('a setting may itself be a schema', () => {
  const $ref = 'https://json-schema.org/draft/2020-12/schema';
  const catalogue = catalogueOf({ type: 'object', properties: { shape: { $ref } } });
  expect(catalogue.find('vendor-0')?.configProblems({ shape: { type: 'string' } })).toEqual([]);
  expect(catalogue.find('vendor-0')?.configProblems({ shape: { type: 'nonsense' } })).not.toEqual([]);
});

test('schemas of two adapters are apart, also when they call themselves the same', () => {
  const schema = (name: string): object => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://his.example/settings',
    type: 'object',
    properties: { [name]: { type: 'string', format: 'iana-time-zone' } },
    additionalProperties: false,
  });
  const catalogue = catalogueOf(schema('one'), schema('other'));
  const problems = (id: string, config: Record<string, unknown>) => catalogue.find(id)?.configProblems(config);
  expect(problems('vendor-0', { one: 'Europe/Berlin' })).toEqual([]);
  expect(problems('vendor-1', { one: 'Europe/Berlin' })).toHaveLength(1);
  expect(problems('vendor-1', { other: 'Middle/Earth' })).toEqual([
    { pointer: '/config/other', detail: expect.stringContaining('iana-time-zone') },
  ]);
});
