/** The operations of contracts/openapi.yaml, as the binder needs them. */
import type { OpenApiDocument } from '../contracts.ts';
import type { Role } from '../domain/index.ts';
import { accessOf, rolesOf, type Access } from './access.ts';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: object;
}

export const MEDIA_TYPES = ['application/json', 'application/x-www-form-urlencoded'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

export interface Operation {
  readonly operationId: string;
  readonly method: Method;
  /** As in the document, e.g. /v1/slots/{id}. */
  readonly path: string;
  /** Undefined: no token is needed. */
  readonly access: Access | undefined;
  /** Those of `access`. */
  readonly roles: readonly Role[] | undefined;
  readonly parameters: readonly Parameter[];
  readonly body:
    | {
        readonly mediaType: MediaType;
        readonly schema: object;
        readonly required: boolean;
        /** Of one text in it, where whole files are sent: `x-text-max`. */
        readonly charactersMax: number | undefined;
      }
    | undefined;
}

/** Throws where the document says less than the binder must know: an operation without roles must not become public. */
export function readOperations(openapi: OpenApiDocument): Operation[] {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const operation = record(item[method], `${method} ${path}`);
      const operationId = operation['operationId'];
      if (typeof operationId !== 'string') throw new Error(`openapi.yaml: ${method} ${path} has no operationId`);
      return {
        operationId,
        method,
        path,
        ...guardOf(operation, operationId),
        parameters: list(operation['parameters']).map((each) => parameterOf(resolve(openapi, each), operationId)),
        body: operation['x-raw-body'] === true ? undefined : bodyOf(operation['requestBody'], operationId),
      };
    }),
  );
}

function guardOf(
  operation: Readonly<Record<string, unknown>>,
  operationId: string,
): Pick<Operation, 'access' | 'roles'> {
  if (operation['x-roles'] !== undefined)
    throw new Error(`openapi.yaml: ${operationId} has x-roles: who may do it is said in contracts/authorization.yaml`);
  // The document's `security` asks for a bearer token; only an operation that replaces it can be without.
  if (operation['x-access'] === undefined && operation['security'] !== undefined)
    return { access: undefined, roles: undefined };
  const access = accessOf(operation['x-access'], operationId);
  return { access, roles: rolesOf(access) };
}

function parameterOf(node: unknown, operationId: string): Parameter {
  const parameter = record(node, `a parameter of ${operationId}`);
  const place = (['path', 'query', 'header'] as const).find((each) => each === parameter['in']);
  if (typeof parameter['name'] !== 'string' || !place) {
    throw new Error(`openapi.yaml: a parameter of ${operationId} needs a name, and to be in path, query or header`);
  }
  const schema = record(parameter['schema'], `the schema of ${parameter['name']} of ${operationId}`);
  return { name: parameter['name'], in: place, required: parameter['required'] === true, schema };
}

function bodyOf(node: unknown, operationId: string): Operation['body'] {
  if (node === undefined) return undefined;
  const body = record(node, `the body of ${operationId}`);
  const content = record(body['content'], `the content of ${operationId}`);
  const mediaType = MEDIA_TYPES.find((each) => each in content);
  if (!mediaType) throw new Error(`openapi.yaml: the body of ${operationId} must be one of ${MEDIA_TYPES.join(', ')}`);
  const media = record(content[mediaType], `the body of ${operationId}`);
  const schema = record(media['schema'], `the body schema of ${operationId}`);
  const charactersMax = typeof body['x-text-max'] === 'number' ? body['x-text-max'] : undefined;
  return { mediaType, schema, required: body['required'] === true, charactersMax };
}

/** Follows a local `$ref`, once. */
export function resolve(openapi: OpenApiDocument, node: unknown): unknown {
  if (node === null || typeof node !== 'object' || !('$ref' in node)) return node;
  const parts = String(node.$ref).slice('#/'.length).split('/');
  return parts.reduce<unknown>((at, part) => record(at, String(node.$ref))[part], openapi);
}

const list = (node: unknown): readonly unknown[] => (Array.isArray(node) ? node : []);

function record(node: unknown, what: string): Readonly<Record<string, unknown>> {
  if (node === null || typeof node !== 'object' || Array.isArray(node)) {
    throw new Error(`openapi.yaml: ${what} is missing or no object`);
  }
  return { ...node };
}
