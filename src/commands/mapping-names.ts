/** Which mapping of which connection is meant, and which of its versions. */
import { escapePointer, HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { MappingTexts, MappingTools, NamedMapping } from './mapping-tools.ts';

export interface MappingOf extends NamedMapping {
  readonly connectionId: string;
  readonly organizationId: string;
}

/** `fullName`: `<adapter>.<mapping>`; `lock` waits for whoever changes the mappings of the connection. Errors: not-found. */
export async function findMapping(
  sql: Sql,
  tools: Pick<MappingTools, 'names'>,
  caller: Caller,
  fullName: string,
  connectionId: string,
  lock = false,
): Promise<MappingOf> {
  if (!isId(connectionId)) throw notFound('connection');
  const found = await sql.query<{ adapter: string }>(
    `select adapter from connection where id = $1 and organization_id = $2 ${lock ? 'for no key update' : ''}`,
    [connectionId, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('connection');
  const [, adapter = '', name = ''] = /^([^.]+)\.(.+)$/.exec(fullName) ?? [];
  if (adapter !== row.adapter || !tools.names(adapter).includes(name)) throw notFound('mapping of the connection');
  return { connectionId, organizationId: caller.organizationId, adapter, name };
}

/** The number of the version in use; 0: the built-in one. */
export async function activeNumber(sql: Sql, { connectionId, name }: MappingOf): Promise<number> {
  const found = await sql.query<{ number: number }>(
    `select number from mapping_version where connection_id = $1 and name = $2 and state = 'active'`,
    [connectionId, name],
  );
  return found.rows[0]?.number ?? 0;
}

/** The files of a version. Errors: not-found. */
export async function textsOf(
  sql: Sql,
  tools: Pick<MappingTools, 'builtIn'>,
  of: MappingOf,
  number: number,
): Promise<MappingTexts> {
  const builtIn = number === 0 ? tools.builtIn(of) : undefined;
  if (builtIn) return builtIn;
  const found = await sql.query<{ files: MappingTexts }>(
    'select files from mapping_version where connection_id = $1 and name = $2 and number = $3',
    [of.connectionId, of.name, number],
  );
  const [row] = found.rows;
  if (!row) throw notFound('version of the mapping');
  return row.files;
}

const PATH = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.(?:yaml|csv|json)$/;

/** Errors: validation. */
export function checkTexts({ name }: NamedMapping, texts: MappingTexts): void {
  const paths = Object.keys(texts);
  const errors = paths
    .filter((path) => !PATH.test(path) || (path.endsWith('.yaml') && path !== `${name}.yaml`))
    .map((path) => ({
      pointer: `/files/${escapePointer(path)}`,
      detail: `expected ${name}.yaml, or a .csv or .json file below it`,
    }));
  if (!paths.includes(`${name}.yaml`)) errors.push({ pointer: '/files', detail: `expected the mapping, ${name}.yaml` });
  // As files on a disk, which they become on export: a file is no directory of another.
  for (const path of paths.filter((each) => paths.some((other) => other.startsWith(`${each}/`))))
    errors.push({ pointer: '/files', detail: `expected ${path} to be a file or a directory, it is named as both` });
  // Postgres keeps no NUL, and no file of a mapping has one.
  for (const path of paths.filter((each) => texts[each]?.includes('\0')))
    errors.push({ pointer: '/files', detail: `expected text without NUL characters in ${path}` });
  if (errors.length > 0) throw new HubError('validation', 'The files are not those of one mapping.', { errors });
}
