/** Mappings of connections, their versions, and the codes that nobody has mapped. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

type Json = Readonly<Record<string, unknown>>;

/** What an installation brings for an adapter. */
export type BuiltInNames = (adapter: string) => readonly { readonly name: string; readonly description: string }[];

interface InUse {
  readonly active: number;
  readonly canary: number | null;
  readonly latest: number;
}

interface ConnectionRow {
  readonly id: string;
  readonly key: string;
  readonly adapter: string;
  /** By name of mapping, those with versions of their own. */
  readonly own: Readonly<Record<string, InUse>>;
}

/** Ascending by key of the connection, then by name. */
export async function listMappings(
  sql: Sql,
  caller: Caller,
  builtIn: BuiltInNames,
  connectionId: string | undefined,
  { limit, after }: PageRequest,
): Promise<Page<Json>> {
  if (connectionId !== undefined && !isId(connectionId)) return { items: [], next: null };
  const found = await sql.query<ConnectionRow & Record<string, unknown>>(
    `select c.id, c.key, c.adapter, coalesce((select jsonb_object_agg(v.name, v.in_use) from (
         select name, jsonb_build_object('active', coalesce(max(number) filter (where state = 'active'), 0),
           'canary', max(number) filter (where state = 'canary'), 'latest', max(number)) as in_use
         from mapping_version where connection_id = c.id group by name) v), '{}') as own
     from connection c where c.organization_id = $1 and ($2::uuid is null or c.id = $2) order by c.key collate "C"`,
    [caller.organizationId, connectionId ?? null],
  );
  const [afterKey = '', afterName = ''] = after ?? [];
  const all = found.rows.flatMap(({ id, key, adapter, own }) =>
    builtIn(adapter).map(({ name, description }) => ({
      key: [key, name] as const,
      item: {
        name: `${adapter}.${name}`,
        connectionId: id,
        description,
        ...(own[name] ?? { active: 0, canary: null, latest: 0 }),
      },
    })),
  );
  const rest = all.filter(({ key: [key, name] }) => key > afterKey || (key === afterKey && name > afterName));
  const shown = rest.slice(0, limit);
  return { items: shown.map(({ item }) => item), next: rest.length > limit ? (shown.at(-1)?.key ?? null) : null };
}

const FIELDS = `select coalesce(json_agg(json_build_object('field', f.field, 'messages', f.messages) order by f.messages desc), '[]')
  from mapping_shadow f where f.version_id = v.id and f.kind = 'field'`;

const counted = (kind: string): string =>
  `coalesce((select s.messages from mapping_shadow s where s.version_id = v.id and s.kind = '${kind}'), 0)`;

const VERSION_JSON = `json_build_object('number', v.number, 'state', v.state, 'note', v.remark, 'announced', v.announced,
  'createdAt', ${utcTime('v.created_at')}, 'createdBy', v.created_by, 'publishedAt', ${utcTime('v.published_at')},
  'publishedBy', v.published_by, 'replaced', v.replaced, 'overridden', v.override_reason is not null,
  'canary', case when v.state = 'canary' then json_build_object('share', v.canary_share,
    'locationIds', v.canary_locations, 'shadow', v.canary_shadow) end,
  'shadow', case when exists (select 1 from mapping_shadow s where s.version_id = v.id) then json_build_object(
    'compared', ${counted('compared')}, 'differing', ${counted('differs')}, 'failing', ${counted('fails')},
    'fields', (${FIELDS})) end)`;

const builtInVersion = (isActive: boolean): Json => ({
  number: 0,
  state: isActive ? 'active' : 'retired',
  note: null,
  announced: [],
  createdAt: null,
  createdBy: null,
  publishedAt: null,
  publishedBy: null,
  replaced: null,
  overridden: false,
  canary: null,
  shadow: null,
});

/** Newest first, the built-in one last. `name`: without its adapter. */
export async function listMappingVersions(
  sql: Sql,
  of: { readonly connectionId: string; readonly name: string },
  { limit, after }: PageRequest,
): Promise<Page<Json>> {
  return readPage({ limit, after }, (rows) =>
    sql.query<{ item: Json; key: string[] }>(
      `select item, array[number::text] as key from (
         select v.number, ${VERSION_JSON} as item from mapping_version v where v.connection_id = $1 and v.name = $2
         union all
         select 0, case when exists (select 1 from mapping_version v where v.connection_id = $1 and v.name = $2
           and v.state = 'active') then $4::json else $5::json end) v
       where $3::int is null or number < $3::int order by number desc limit ${rows}`,
      [
        of.connectionId,
        of.name,
        after?.[0] ?? null,
        JSON.stringify(builtInVersion(false)),
        JSON.stringify(builtInVersion(true)),
      ],
    ),
  );
}

/** Without its files. Errors: not-found. */
export async function readMappingVersion(
  sql: Sql,
  of: { readonly connectionId: string; readonly name: string },
  number: number,
): Promise<Json> {
  const { items } = await listMappingVersions(sql, of, { limit: 1, after: [String(number + 1)] });
  const [item] = items;
  if (item?.['number'] !== number) throw notFound('version of the mapping');
  return item;
}

const CODE_JSON = `json_build_object('id', u.id, 'connectionId', u.connection_id,
  'mappings', (select json_agg(c.adapter || '.' || name order by name) from unnest(u.names) as name),
  'table', u.table_path, 'side', u.side, 'code', u.code, 'firstSeenAt', ${utcTime('u.first_seen_at')},
  'lastSeenAt', ${utcTime('u.last_seen_at')}, 'skipped', u.skipped,
  'waiting', (select count(*) from unmapped_code_wait w join transaction t on t.id = w.transaction_id
    where w.unmapped_code_id = u.id and t.settled_at is null),
  'mappedTo', u.mapped_to, 'mappedBy', u.mapped_by, 'mappedAt', ${utcTime('u.mapped_at')})`;

/** Those that are not mapped, oldest first. */
export function listUnmappedCodes(
  sql: Sql,
  caller: Caller,
  connectionId: string | undefined,
  page: PageRequest,
): Promise<Page<Json>> {
  const where = new Where();
  where.and('u.mapped_at is null');
  where.given(caller.organizationId, (parameter) => `u.organization_id = ${parameter}::uuid`);
  where.given(connectionId, (parameter) => `u.connection_id::text = ${parameter}`);
  where.given(page.after?.[0], (parameter) => `u.id > ${parameter}::uuid`);
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${CODE_JSON} as item, array[u.id::text] as key from unmapped_code u join connection c on c.id = u.connection_id
       where ${where.text} order by u.id limit ${limit}`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readUnmappedCode(sql: Sql, caller: Caller, id: string): Promise<Json> {
  const found = isId(id)
    ? await sql.query<{ item: Json }>(
        `select ${CODE_JSON} as item from unmapped_code u join connection c on c.id = u.connection_id
         where u.id = $1 and u.organization_id = $2`,
        [id, caller.organizationId],
      )
    : undefined;
  const item = found?.rows[0]?.item;
  if (!item) throw notFound('unmapped code');
  return item;
}
