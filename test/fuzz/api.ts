/**
 * One execution: a request for an operation of openapi.yaml, made from its examples and from a world that has one of everything, then
 * damaged at random, by somebody of any role, here or elsewhere. Whatever it is, the answer has a documented status, is no 5xx, and
 * is as its schema says.
 */
import type { ValidateFunction } from 'ajv';
import { readOperations, resolve, type Operation } from '../../src/api/operations.ts';
import { loadContracts, type Contracts } from '../../src/contracts.ts';
import { ROLES } from '../../src/domain/index.ts';
import type { Random } from '../chaos/random.ts';
import { startApi, type ApiInProcess } from '../support/api-in-process.ts';
import { tokenFor } from '../support/authorization-cells.ts';
import { startTestServer } from '../support/test-server.ts';
import { buildWorld, type World } from '../support/walled-world.ts';
import { requestOf } from '../support/world-request.ts';

/** Erasures and deletions wear a world out. */
const REQUESTS_OF_A_WORLD = 400;
/** Longer than anybody may have an answer waited for. */
const ANSWER_WITHIN_MS = 60_000;
/** A stream does not end: its beginning is looked at. */
const STREAM = 'text/event-stream';

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53,
  '',
  ' ',
  'a',
  '\u0000',
  '\ud800',
  '🩺',
  'x'.repeat(20_000),
  '2027-13-45T99:00:00Z',
  '2027-03-01T09:00:00Z',
  '../../etc/passwd',
  "'; drop table patient; --",
  '{{7*7}}',
  '\u202Eabc',
  '=cmd()',
  [],
  {},
  [[[]]],
  { __proto__: 1 },
  '0197f3a2-1111-7b44-9d0a-3f1f6c1d2a55',
];
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['if-match', '"-1"'],
  ['if-match', 'W/"x"'],
  ['idempotency-key', ''],
  ['idempotency-key', 'k'.repeat(400)],
  ['prefer', 'wait=1'],
  ['accept', 'application/fhir+ndjson'],
  ['accept', 'x'],
  ['content-type', 'text/plain'],
  ['last-event-id', '99999999999999999999'],
  ['x-transaction-id', 'nothing'],
  ['traceparent', '00-0-0-0'],
  ['content-encoding', 'gzip'],
];

interface Fuzz {
  execute(random: Random): Promise<void>;
  close(): Promise<void>;
}

export async function openApiFuzz(): Promise<Fuzz> {
  const server = await startTestServer();
  process.env['TESSERA_TEST_ADMIN_URL'] = server.adminUrl;
  process.env['TESSERA_TEST_TEMPLATE'] = server.template;
  const contracts = loadContracts('contracts');
  const rates = ['organization', 'client', 'route', 'costly', 'address'].map((name) => `${name}=1000000/1s`).join(',');
  const api = await startApi({ TESSERA_RATE_LIMITS: rates });
  const operations = readOperations(contracts.openapi);
  const answers = new Answers(contracts);
  let worlds: readonly World[] = [];
  let asked = 0;
  return {
    async execute(random) {
      if (asked++ % REQUESTS_OF_A_WORLD === 0)
        worlds = [await buildWorld(api.database.db, api.seal), await buildWorld(api.database.db, api.seal)];
      const operation = random.pick(operations);
      const request = damaged(random, contracts, operation, random.pick(worlds));
      const token = await tokenOf(random, api, random.pick(worlds));
      await answers.judge(operation, await send(api, request, token));
    },
    async close() {
      await api.stop();
      await server.stop();
    },
  };
}

async function tokenOf(random: Random, { issuer }: ApiInProcess, world: World): Promise<string | undefined> {
  if (random.chance(0.05)) return undefined;
  if (random.chance(0.05)) return 'eyJ.eyJ.x';
  const more = random.chance(0.1) ? { locationIds: [world.other.locationId] } : {};
  return tokenFor(issuer, random.pick(ROLES), world, more);
}

interface Damaged {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

function damaged(random: Random, { openapi }: Contracts, operation: Operation, world: World): Damaged {
  const { method, path, headers: given, body } = requestOf(openapi, operation, world, random.chance(0.5));
  const headers = new Headers({ ...given });
  if (random.chance(0.2)) headers.set(...random.pick(HEADERS));
  const query = operation.parameters.filter((each) => each.in === 'query');
  const [place = '', search = ''] = path.split('?');
  const parameters = new URLSearchParams(search);
  for (let left = random.chance(0.4) ? random.between(1, 3) : 0; left > 0; left -= 1) {
    const name = query.length > 0 && random.chance(0.8) ? random.pick(query).name : textOf(random);
    parameters.append(name, textOf(random));
  }
  const parts = place
    .split('/')
    .map((part) => (/[0-9a-f-]{36}/.test(part) && random.chance(0.15) ? partOf(random, world) : part));
  return {
    method,
    path: parts.join('/') + (parameters.size > 0 ? `?${parameters.toString()}` : ''),
    headers,
    body: body === undefined || random.chance(0.3) ? body : broken(random, body),
  };
}

const textOf = (random: Random): string => {
  const value = random.pick(ODD);
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 500).toWellFormed();
};

const partOf = (random: Random, { ids }: World): string =>
  random.chance(0.5)
    ? random.pick(Object.values(ids))
    : encodeURIComponent(textOf(random) || 'x').replaceAll('.', '%2E');

/** Text that is cut, or JSON with another value or member somewhere. */
function broken(random: Random, body: string): string {
  if (random.chance(0.1)) return body.slice(0, random.between(0, body.length));
  let value: unknown = JSON.parse(body);
  for (let left = random.between(1, 3); left > 0; left -= 1) value = changed(random, value);
  return JSON.stringify(value) ?? '';
}

function changed(random: Random, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.7)) {
    const at = random.between(0, value.length - 1);
    return value.map((item: unknown, index) => (index === at ? changed(random, item) : item));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return random.pick(ODD);
  const names = Object.keys(value);
  const dice = random.between(0, 9);
  if (dice === 0 || names.length === 0) return { ...value, [textOf(random) || 'x']: random.pick(ODD) };
  const name = random.pick(names);
  const rest = Object.entries(value).filter(([each]) => each !== name);
  if (dice === 1) return Object.fromEntries(rest);
  return Object.fromEntries([...rest, [name, changed(random, Reflect.get(value, name))]]);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  /** Undefined: it is no JSON. */
  readonly body: unknown;
}

async function send(
  { url }: ApiInProcess,
  { method, path, headers, body }: Damaged,
  token: string | undefined,
): Promise<Answer> {
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (type === STREAM) {
    await response.body?.cancel();
    return { status: response.status, type, body: undefined };
  }
  const text = await response.text();
  return { status: response.status, type, body: isJson(type) && text !== '' ? JSON.parse(text) : undefined };
}

/** One document, not one a line. */
const isJson = (type: string): boolean => /[/+]json$/.test(type);

/** What the contract says of the answers of each operation. */
class Answers {
  readonly #contracts: Contracts;
  readonly #known = new Map<string, ValidateFunction | undefined>();

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  async judge(operation: Operation, { status, type, body }: Answer): Promise<void> {
    const what = `${operation.operationId}: ${status} ${type}`;
    if (status >= 500) throw new Error(what);
    const fits = this.#validator(operation, status, type, what);
    // Names and kinds only: the message is printed.
    if (fits && body !== undefined && !fits(body))
      throw new Error(
        `${what} is not as documented: ${(fits.errors ?? []).map((each) => `${each.instancePath} ${each.keyword}`).join(', ')}`,
      );
  }

  #validator({ method, path }: Operation, status: number, type: string, what: string): ValidateFunction | undefined {
    const key = `${method} ${path} ${status} ${type}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const { openapi } = this.#contracts;
    const { responses = {} } = Object(openapi.paths[path]?.[method]) as { responses?: Record<string, unknown> };
    const documented = resolve(
      openapi,
      responses[String(status)] ?? (status >= 400 ? responses['default'] : undefined),
    );
    if (documented === undefined) throw new Error(`${what} is not documented`);
    const { content = {} } = documented as { content?: Record<string, { schema?: object }> };
    if (type !== '' && !(type in content)) throw new Error(`${what}: of this kind none is documented`);
    const schema = content[type]?.schema;
    const made = schema && isJson(type) ? this.#contracts.compile(schema) : undefined;
    this.#known.set(key, made);
    return made;
  }
}
