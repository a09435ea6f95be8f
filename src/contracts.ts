/** Reads contracts/: the schemas, the API document and the error registry, bundled at start. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isTimeZone } from './domain/index.ts';
import { parse } from 'yaml';

export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  readonly recovery: 'retry' | 'settle' | 'fix' | 'give-up';
  /** When it comes, and what the caller does next. */
  readonly help: string;
}

export interface Contracts {
  /**
   * The OpenAPI 3.1 document with every schema under components.schemas; references inside it are all local. Each operation has
   * its entry of contracts/authorization.yaml as `x-access`.
   */
  readonly openapi: OpenApiDocument;
  readonly errors: Readonly<Record<string, ErrorEntry>>;
  /** contracts/audit.yaml: read by src/api/audited.ts. */
  readonly audit: unknown;
  /** The types of events. */
  readonly eventTypes: ReadonlySet<string>;
  /** Names of all properties marked `x-phi: true`: what must never be logged. */
  readonly phiKeys: ReadonlySet<string>;
  /** The validator of contracts/schemas/<name>.schema.json. Its errors carry no values. */
  validator(name: string): ValidateFunction;
  /**
   * Compiles a schema that may refer to `#/components/schemas/...`. Coercing is for parameters, which arrive as text.
   * Errors carry the refused value (`data`) and the schema that refused it: for building an answer, never for a log.
   */
  compile(schema: object, options?: { readonly coerce?: boolean }): ValidateFunction;
}

export interface OpenApiDocument {
  readonly info: { readonly description: string } & Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> } & Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

const BUNDLE = 'https://tessera.invalid/openapi';
const SUFFIX = '.schema.json';

export function loadContracts(directory: string): Contracts {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const schemas: Record<string, object> = {};
  for (const file of readdirSync(join(directory, 'schemas')).toSorted()) {
    if (!file.endsWith(SUFFIX)) continue;
    const name = file.slice(0, -SUFFIX.length);
    schemas[name] = mapRefs(JSON.parse(read(`schemas/${file}`)), (ref) => localised(ref, name)) as object;
  }
  const document = mapRefs(parse(read('openapi.yaml')), (ref) => localised(ref)) as OpenApiDocument;
  const components = { ...document.components, schemas: { ...document.components.schemas, ...schemas } };
  const { operations } = parse(read('authorization.yaml')) as { operations: Record<string, object> };
  const openapi: OpenApiDocument = { ...document, paths: withAccess(document.paths, operations), components };

  const bundle = { $id: BUNDLE, components: { schemas: components.schemas } };
  const plain = ajv({}).addSchema(bundle);
  const explaining = ajv({ verbose: true }).addSchema(bundle);
  const coercing = ajv({ verbose: true, coerceTypes: 'array', useDefaults: true }).addSchema(bundle);

  const compiled = new Map<string, ValidateFunction>();
  return {
    openapi,
    errors: parse(read('errors.yaml')) as Record<string, ErrorEntry>,
    audit: parse(read('audit.yaml')),
    eventTypes: new Set(Object.keys(parse(read('events.yaml')) as object)),
    phiKeys: new Set(phiKeysOf(openapi)),
    validator(name) {
      if (!(name in components.schemas)) throw new Error(`no contract contracts/schemas/${name}${SUFFIX}`);
      let validate = compiled.get(name);
      if (!validate) compiled.set(name, (validate = plain.compile({ $ref: `${BUNDLE}#/components/schemas/${name}` })));
      return validate;
    },
    compile(schema, options = {}) {
      const absolute = mapRefs(schema, (ref) => (ref.startsWith('#') ? BUNDLE + ref : ref)) as object;
      return (options.coerce ? coercing : explaining).compile(absolute);
    },
  };
}

/** Throws for an entry that is no operation's: its rule would not be one. */
function withAccess(
  paths: OpenApiDocument['paths'],
  entries: Readonly<Record<string, object>>,
): OpenApiDocument['paths'] {
  const unused = new Set(Object.keys(entries));
  const marked = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item).map(([method, operation]) => {
        const id = String((operation as { operationId?: unknown }).operationId);
        const access = entries[id];
        unused.delete(id);
        return [method, access === undefined ? operation : { ...(operation as object), 'x-access': access }];
      }),
    ),
  ]);
  if (unused.size > 0) throw new Error(`authorization.yaml: ${[...unused].join(', ')}: no such operation`);
  return Object.fromEntries(marked) as OpenApiDocument['paths'];
}

function ajv(options: Options): Ajv2020 {
  const instance = new Ajv2020({
    allErrors: true,
    strict: true,
    // Tests hold the contract against the meta-schema, which takes longer than all else here.
    validateSchema: false,
    strictRequired: false,
    allowUnionTypes: true,
    ...options,
  });
  addFormats.default(instance);
  instance.addFormat('iana-time-zone', isTimeZone);
  return instance.addVocabulary(['components', 'x-phi', 'x-access', 'x-expected', 'example', 'externalDocs']);
}

/** Rewrites every `$ref` by `rewrite`, and drops `$schema` and `$id`. */
function mapRefs(node: unknown, rewrite: (ref: string) => string): unknown {
  if (Array.isArray(node)) return node.map((each) => mapRefs(each, rewrite));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !((key === '$schema' || key === '$id') && typeof value === 'string'))
      .map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string' ? rewrite(value) : mapRefs(value, rewrite),
      ]),
  );
}

/**
 * `./schemas/patient.schema.json#/$defs/x` becomes `#/components/schemas/patient/$defs/x`;
 * inside the schema `within`, `#/$defs/x` becomes `#/components/schemas/<within>/$defs/x`.
 */
function localised(ref: string, within?: string): string {
  const [file = '', fragment = ''] = ref.split('#');
  const name = file === '' ? within : /([\w-]+)\.schema\.json$/.exec(file)?.[1];
  return name === undefined ? ref : `#/components/schemas/${name}${fragment}`;
}

function* phiKeysOf(node: unknown): Generator<string> {
  if (node === null || typeof node !== 'object') return;
  for (const [key, value] of Object.entries<unknown>({ ...node })) {
    if (value !== null && typeof value === 'object' && 'x-phi' in value && value['x-phi'] === true) yield key;
    yield* phiKeysOf(value);
  }
}
