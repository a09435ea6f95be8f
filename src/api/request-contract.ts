/** Holds a request to the contract of its operation: path, query, headers and body, everything that is wrong at once. */
import type { IncomingMessage } from 'node:http';
import type { ValidateFunction } from 'ajv';
import type { Contracts } from '../contracts.ts';
import { escapePointer, HubError, type FieldError } from '../domain/index.ts';
import { hasBody, readBody } from './body.ts';
import { fieldErrors } from './field-errors.ts';
import { idempotencyKey, idempotencyKeyMissing } from './idempotency-key.ts';
import type { Operation, Parameter } from './operations.ts';
import { parsePairs } from './pairs.ts';
import { expectedVersion, preconditionRequired } from './preconditions.ts';
import { unsafeText } from './safe-text.ts';

export interface CheckedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export type RequestContract = (
  request: IncomingMessage,
  params: Readonly<Record<string, string>>,
) => Promise<CheckedRequest>;

/** Headers with an error code, or a syntax, of their own. Their `missing` comes after all else was found right. */
const HEADER_RULES: Readonly<Record<string, { check(value: string): unknown; missing(): HubError }>> = {
  'idempotency-key': { check: idempotencyKey, missing: idempotencyKeyMissing },
  'if-match': { check: expectedVersion, missing: preconditionRequired },
};

export function requestContract(contracts: Contracts, operation: Operation): RequestContract {
  const headers = operation.parameters.filter((each) => each.in === 'header');
  // With the first request: to compile those of all operations is a third of a start.
  let compiled: CompiledRequest | undefined;

  return async (request, params) => {
    const { path, query: inQuery, body } = (compiled ??= compileRequest(contracts, operation));
    const errors: FieldError[] = [...unsafeText(params, '#/path'), ...check(path, params, '#/path')];
    const query = attempt(errors, () => parsePairs(queryOf(request), '#/query'));
    if (query) errors.push(...check(inQuery, query, '#/query'), ...unsafeNumbers(query, '#/query'));
    const content = body && (body.required || hasBody(request)) ? await readBody(request, body) : undefined;
    if (body && (body.required || content !== undefined)) errors.push(...check(body.validate, content, ''));
    const missing = headers.map((header) => attempt(errors, () => checkHeader(request, header))).find(Boolean);
    if (errors.length > 0) throw invalid(errors);
    if (missing) throw missing;
    return { params, query: query ?? {}, body: content };
  };
}

interface CompiledRequest {
  readonly path: ValidateFunction;
  readonly query: ValidateFunction;
  readonly body: (NonNullable<Operation['body']> & { readonly validate: ValidateFunction }) | undefined;
}

/** Throws where a schema is none. */
export const compileRequest = (contracts: Contracts, operation: Operation): CompiledRequest => ({
  path: contracts.compile(parametersSchema(operation, 'path')),
  query: contracts.compile(parametersSchema(operation, 'query'), { coerce: true }),
  body: operation.body && { ...operation.body, validate: contracts.compile(operation.body.schema) },
});

/** Returns the error to answer with when the header is required and missing. */
function checkHeader(request: IncomingMessage, { name, required }: Parameter): HubError | undefined {
  const rule = HEADER_RULES[name.toLowerCase()];
  const values = request.headersDistinct[name.toLowerCase()] ?? [];
  const pointer = `#/header/${name}`;
  if (values.length > 1 && rule) throw invalid([{ pointer, detail: 'is given more than once' }]);
  const value = values.join(', ').trim();
  if (value !== '') rule?.check(value);
  else if (required) return rule?.missing() ?? invalid([{ pointer, detail: 'is required, and is missing' }]);
  return undefined;
}

/** Runs `step`; a validation error joins the others, any other error is thrown at once. */
function attempt<Value>(errors: FieldError[], step: () => Value): Value | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'validation') throw error;
    errors.push(...error.errors);
    return undefined;
  }
}

const check = (validate: ValidateFunction, value: unknown, prefix: string): FieldError[] =>
  validate(value) ? [] : fieldErrors(validate.errors ?? [], prefix);

/** Beyond 2^53 a number is no longer the one that was written; `1e309` is even read as infinite, which a schema lets pass. */
const unsafeNumbers = (values: Readonly<Record<string, unknown>>, prefix: string): FieldError[] =>
  Object.entries(values)
    .filter(([, value]) => typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    .map(([name]) => ({
      pointer: `${prefix}/${escapePointer(name)}`,
      detail: `expected a number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
    }));

function invalid(errors: readonly FieldError[]): HubError {
  const what = errors.length === 1 ? 'One part is wrong' : `${errors.length} parts are wrong`;
  return new HubError('validation', `${what}; \`errors\` says which, and what was expected there.`, { errors });
}

const queryOf = (request: IncomingMessage): string => /\?([^#]*)/.exec(request.url ?? '')?.[1] ?? '';

function parametersSchema(operation: Operation, place: 'path' | 'query'): object {
  const parameters = operation.parameters.filter((each) => each.in === place);
  return {
    type: 'object',
    additionalProperties: false,
    required: parameters.filter((each) => each.required).map((each) => each.name),
    properties: Object.fromEntries(parameters.map((each) => [each.name, each.schema])),
  };
}
