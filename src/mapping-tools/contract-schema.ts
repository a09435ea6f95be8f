/** Walks contracts/schemas/*.schema.json by member names: what a field must be, and whether it may be shown. */
import type { OpenApiDocument } from '../contracts.ts';

export type Schema = Readonly<Record<string, unknown>>;

export interface Place {
  /** All that may stand here: alternatives of anyOf, oneOf and allOf, with references resolved. */
  readonly schemas: readonly Schema[];
  /** True when the contract allows any member on the way here without naming it. */
  readonly isOpen: boolean;
  /** True when the place, or one around it, is marked `x-phi`. */
  readonly isPhi: boolean;
}

const REF = '#/components/schemas/';

/** The contract `name` itself. Throws when there is none. */
export function placeOf({ components }: OpenApiDocument, name: string): Place {
  const schema = components.schemas[name];
  if (!schema) throw new Error(`no contract contracts/schemas/${name}.schema.json`);
  return place({ components }, [{ ...schema }], false);
}

/** The member `segment` of an object, or with `[]` the items of a list. No schemas and not open: the contract has no such thing. */
export function memberOf(document: Pick<OpenApiDocument, 'components'>, at: Place, segment: string): Place {
  const inner: Schema[] = [];
  let isOpen = at.isOpen && at.schemas.length === 0;
  for (const schema of at.schemas) {
    if (segment === '[]') {
      if (isSchema(schema['items'])) inner.push(schema['items']);
      continue;
    }
    const named = isSchema(schema['properties']) ? schema['properties'][segment] : undefined;
    if (isSchema(named)) inner.push(named);
    else if (mayBeObject(schema) && schema['additionalProperties'] !== false) isOpen = true;
  }
  const found = place(document, inner, isOpen && inner.length === 0);
  return { ...found, isPhi: found.isPhi || at.isPhi };
}

export const memberNames = ({ schemas }: Place): string[] =>
  schemas.flatMap(({ properties }) => (isSchema(properties) ? Object.keys(properties) : []));

export const requiredNames = ({ schemas }: Place): string[] => {
  const objects = schemas.filter(mayBeObject);
  const [first, ...others] = objects.map(({ required }) => (Array.isArray(required) ? required.map(String) : []));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
};

/** Whether a value of the contract may be shown: the contract names its field, and neither it nor what is around it is PHI. */
export function mayShow(document: OpenApiDocument, contract: string, segments: readonly string[]): boolean {
  let at = placeOf(document, contract);
  // Of a mapping with `each` the output is a list of what the contract describes.
  for (const segment of segments[0] === '[]' ? segments.slice(1) : segments) at = memberOf(document, at, segment);
  return at.schemas.length > 0 && !at.isPhi;
}

const mayBeObject = (schema: Schema): boolean => {
  const types = [schema['type']].flat();
  return types.includes('object') || (types[0] === undefined && 'properties' in schema);
};

function place(document: Pick<OpenApiDocument, 'components'>, given: readonly Schema[], isOpen: boolean): Place {
  const isPhi = given.some((schema) => schema['x-phi'] === true);
  const schemas = given.flatMap((schema) => resolved(document, schema));
  return { schemas, isOpen, isPhi: isPhi || schemas.some((schema) => schema['x-phi'] === true) };
}

function resolved(document: Pick<OpenApiDocument, 'components'>, schema: Schema): Schema[] {
  const { $ref: ref } = schema;
  if (typeof ref === 'string' && ref.startsWith(REF)) {
    let target: unknown = document.components.schemas;
    for (const part of ref.slice(REF.length).split('/')) target = isSchema(target) ? target[part] : undefined;
    return isSchema(target) ? resolved(document, target) : [];
  }
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap((key): unknown[] => {
    const given = schema[key];
    return Array.isArray(given) ? given : [];
  });
  const inner = alternatives.filter(isSchema).flatMap((each) => resolved(document, each));
  return inner.length === 0 ? [schema] : inner;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
