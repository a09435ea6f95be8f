import { describe, expect, test } from '@jest/globals';
import { metaErrors } from '../support/meta-schema.ts';
import { loadContracts } from '../../src/contracts.ts';
import { compileRequest } from '../../src/api/request-contract.ts';
import { readOperations, resolve, METHODS } from '../../src/api/operations.ts';

const contracts = loadContracts('contracts');
const { openapi } = contracts;
const operations = readOperations(openapi);
type Node = Readonly<Record<string, unknown>>;
const node = (value: unknown): Node => {
  if (value === null || typeof value !== 'object') throw new Error('no object');
  return { ...value };
};
const nodeOf = (path: string, method: string): Node => node(openapi.paths[path]?.[method]);

/** Every object of the document, with its place. */
function* walk(value: unknown, place = '#'): Generator<[string, Node]> {
  if (value === null || typeof value !== 'object') return;
  yield [place, { ...value }];
  for (const [key, each] of Object.entries(value)) yield* walk(each, `${place}/${key}`);
}

test('the document says what OpenAPI 3.1 asks of it', () => {
  expect(openapi).toMatchObject({ openapi: '3.1.0', info: { title: expect.any(String), version: expect.any(String) } });
  for (const [path, item] of Object.entries(openapi.paths)) {
    expect(path).toMatch(/^\/[a-z0-9/{}.-]+$/i);
    expect(METHODS).toEqual(expect.arrayContaining(Object.keys(item)));
  }
  expect(new Set(operations.map((each) => each.operationId)).size).toBe(operations.length);
});

test('every reference resolves', () => {
  const refs = [...walk(openapi)].flatMap(([place, each]) =>
    typeof each['$ref'] === 'string' ? [{ place, $ref: each['$ref'] }] : [],
  );
  expect(refs.length).toBeGreaterThan(100);
  for (const { place, $ref } of refs) {
    expect({ place, $ref, found: resolve(openapi, { $ref }) !== undefined }).toEqual({ place, $ref, found: true });
  }
});

describe.each(operations)('$operationId', (declared) => {
  const { operationId, method, path, parameters, body, roles } = declared;
  const operation = nodeOf(path, method);

  // The hub does it with the first request only: what is no schema is found here.
  test('can be held to: its schemas compile', () => {
    for (const { schema } of [...parameters, ...(body ? [body] : [])]) expect(metaErrors(schema)).toBeNull();
    const compiled = compileRequest(contracts, declared);
    expect([compiled.path, compiled.query, compiled.body?.validate].map((each) => typeof each)).toEqual([
      'function',
      'function',
      body ? 'function' : 'undefined',
    ]);
  });

  test('helps a stranger: summary, description, a tag of the list', () => {
    expect(operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
    expect(operation).toMatchObject({
      summary: expect.stringMatching(/.{3}/),
      description: expect.stringMatching(/.{20}/),
    });
    const tags = [openapi['tags']].flat().map((each) => node(each)['name']);
    expect(tags).toEqual(expect.arrayContaining([operation['tags']].flat()));
    expect(operation['tags']).toHaveLength(new Set([operation['tags']].flat()).size);
  });

  test('declares the parameters of its path, and no parameter twice', () => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((each) => each[1]);
    expect(parameters.filter((each) => each.in === 'path').map((each) => each.name)).toEqual(inPath);
    expect(new Set(parameters.map((each) => `${each.in} ${each.name}`)).size).toBe(parameters.length);
  });

  test('says what it answers: each response is described, and has a schema or no content', () => {
    const responses = Object.entries(node(operation['responses']));
    expect(responses.map(([status]) => status)).toContain('default');
    expect(responses.some(([status]) => status.startsWith('2'))).toBe(true);
    for (const [status, each] of responses) {
      const response = node(resolve(openapi, each));
      expect(response['description']).toEqual(expect.stringMatching(/.{5}/));
      expect(response['headers']).toHaveProperty('X-Transaction-Id');
      if (status === '204') expect(response).not.toHaveProperty('content');
      else for (const media of Object.values(node(response['content']))) expect(media).toHaveProperty('schema');
    }
  });

  test('refuses unknown members of its body, and has an example of one', () => {
    if (!body || body.mediaType !== 'application/json') return;
    const schema = node(resolve(openapi, body.schema));
    expect(schema['additionalProperties']).toBe(false);
    expect([schema['examples']].flat().length).toBeGreaterThan(0);
  });

  test('takes an Idempotency-Key where a repeat could do harm', () => {
    const key = parameters.find((each) => each.name === 'Idempotency-Key');
    const reachesHis = path.startsWith('/v1/appointments') && method !== 'get' && !path.endsWith('/release');
    if (reachesHis) expect(key?.required).toBe(true);
    else expect(key?.required ?? false).toBe(false);
    if (method === 'post' && roles) expect(key).toBeDefined();
  });
});

test('every list is paged alike', () => {
  for (const { operationId, path, method, parameters } of operations) {
    if (!/^list|readAvailability/.test(operationId)) continue;
    const names = parameters.map((each) => each.name);
    expect([operationId, names]).toEqual([operationId, expect.arrayContaining(['limit', 'cursor'])]);
    const page = JSON.stringify(resolve(openapi, node(nodeOf(path, method)['responses'])['200']));
    const name = /schemas\/(\w+)"/.exec(page)?.[1] ?? '';
    expect(openapi.components.schemas[name]).toMatchObject({ required: ['items', 'nextCursor'] });
  }
});

test('contracts are about no vendor', () => {
  expect(JSON.stringify(openapi)).not.toMatch(/\b(epic|cerner|oracle|athena|allscripts|meditech|redox)\b/i);
});
