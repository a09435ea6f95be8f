/**
 * The API as types for the console's client (openapi-fetch), and who may call what, out of the contract. Made here because the usual
 * generator needs the compiler's programming interface, which TypeScript 7 does not have.
 */
import { publicDocument } from '../../src/api/docs-page.ts';
import { METHODS, readOperations, resolve, type Operation } from '../../src/api/operations.ts';
import type { OpenApiDocument } from '../../src/contracts.ts';

type Node = Readonly<Record<string, unknown>>;

/** The text of web/src/api/contract.ts. */
export function apiTypes(document: OpenApiDocument): string {
  const openapi = publicDocument(document);
  const operations = readOperations(openapi);
  const paths = Map.groupBy(operations, (each) => each.path);
  const schemas = Object.entries(openapi.components.schemas);
  return [
    '/** Made from contracts/openapi.yaml by `npm run docs`. Do not edit. */',
    'export interface Schemas {',
    ...schemas.map(([name, schema]) => `${JSON.stringify(name)}: ${typeOf(schema)};`),
    '}',
    '/** As openapi-fetch reads it. */',
    'export interface paths {',
    ...[...paths].map(([path, some]) => `${JSON.stringify(path)}: { ${methodsOf(openapi, some)} };`),
    '}',
    '/** Who may call each operation, and how far each reaches; those that need no token are not here. */',
    'export const REACH_OF = {',
    ...operations.flatMap(({ operationId, access }) =>
      access ? [`${operationId}: ${JSON.stringify(Object.fromEntries(access.may))},`] : [],
    ),
    '} as const;',
    'export type OperationId = keyof typeof REACH_OF;',
    '',
  ].join('\n');
}

const methodsOf = (openapi: OpenApiDocument, operations: readonly Operation[]): string =>
  METHODS.map((method) => {
    const operation = operations.find((each) => each.method === method);
    return operation ? `${method}: ${operationType(openapi, operation)};` : `${method}?: never;`;
  }).join(' ');

function operationType(openapi: OpenApiDocument, operation: Operation): string {
  const places = (['path', 'query', 'header'] as const).map((place) => {
    const some = operation.parameters.filter((each) => each.in === place);
    const isOptional = some.every((each) => !each.required);
    const members = some.map(
      ({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)}`,
    );
    return some.length === 0 ? `${place}?: never` : `${place}${isOptional ? '?' : ''}: { ${members.join('; ')} }`;
  });
  const { body } = operation;
  const request = body
    ? `requestBody${body.required ? '' : '?'}: { content: { ${JSON.stringify(body.mediaType)}: ${typeOf(body.schema)} } };`
    : 'requestBody?: never;';
  return `{ parameters: { ${places.join('; ')} }; ${request} responses: { ${responsesOf(openapi, operation)} } }`;
}

function responsesOf(openapi: OpenApiDocument, { path, method }: Operation): string {
  const { responses } = (openapi.paths[path]?.[method] ?? {}) as { readonly responses: Node };
  return Object.entries(responses)
    .map(([status, response]) => {
      const { content = {} } = resolve(openapi, response) as { readonly content?: Readonly<Record<string, Node>> };
      const media = Object.entries(content).map(([type, { schema }]) => `${JSON.stringify(type)}: ${typeOf(schema)}`);
      return `${status}: { headers: Record<string, string>; content${media.length === 0 ? '?: never' : `: { ${media.join('; ')} }`} };`;
    })
    .join(' ');
}

/** JSON Schema as a type, as far as types can say it. */
function typeOf(schema: unknown): string {
  if (schema === null || typeof schema !== 'object') return 'unknown';
  const { $ref, const: only, enum: some, anyOf, oneOf, type } = schema as Node;
  if (typeof $ref === 'string') return referred($ref);
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(some)) return some.map((each) => JSON.stringify(each)).join(' | ');
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map(typeOf).join(' | ');
  if (Array.isArray(type)) return type.map((each: unknown) => typeOf({ ...schema, type: each })).join(' | ');
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `(${typeOf((schema as Node)['items'])})[]`;
    case 'object':
      return objectType(schema as Node);
    default:
      return 'unknown';
  }
}

function objectType(schema: Node): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Node);
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const more = schema['additionalProperties'];
  const rest = more !== undefined && typeof more === 'object' ? typeOf(more) : 'unknown';
  if (properties.length === 0) return `Record<string, ${rest}>`;
  return `{ ${properties.map(([name, each]) => `${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(each)}`).join('; ')} }`;
}

/** `#/components/schemas/slot`, or a part of one. */
function referred(ref: string): string {
  const [name = '', ...parts] = ref.slice('#/components/schemas/'.length).split('/');
  const members = parts.filter((part) => part !== 'properties');
  return [`Schemas[${JSON.stringify(name)}]`, ...members.map((each) => `[${JSON.stringify(each)}]`)].join('');
}
