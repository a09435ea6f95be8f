import { Ajv2020 } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ strict: false });

/** What the meta-schema of JSON Schema 2020-12 has against a schema; null: nothing. */
export function metaErrors(schema: object): unknown {
  return ajv.validateSchema(schema) === true ? null : ajv.errors;
}
