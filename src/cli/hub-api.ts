/** The commands that work on a running hub reach it as any other client does: by its API, with a token. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

export interface ApiAccess {
  readonly url: string;
  readonly token: string;
}

export interface AccessOptions {
  /** Take address and token of the sandbox that runs in this data directory. */
  readonly sandbox?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `role`: that does the work, besides admin. Throws ConfigError, which says what is missing. */
export async function findAccess(
  options: AccessOptions,
  role: 'support' | 'engineer' | 'admin' = 'support',
  env: Environment = process.env,
): Promise<ApiAccess> {
  if (options.sandbox) return sandboxAccess(join(env['TESSERA_DATA_DIR'] || '.tessera', 'sandbox.json'), role);
  const { TESSERA_API: url, TESSERA_TOKEN: token } = env;
  if (!url || !token || !URL.canParse(url)) {
    throw new ConfigError([
      `TESSERA_API expects the address of the hub (http://127.0.0.1:8080), and TESSERA_TOKEN a token of the role ${role === 'admin' ? role : `${role} or admin`}; --sandbox takes both from the sandbox of TESSERA_DATA_DIR`,
    ]);
  }
  return { url, token };
}

async function sandboxAccess(file: string, role: 'support' | 'engineer' | 'admin'): Promise<ApiAccess> {
  try {
    const { api, tokens } = JSON.parse(await readFile(file, 'utf8')) as {
      api: string;
      tokens: Readonly<Record<typeof role, string>>;
    };
    return { url: api, token: tokens[role] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
    throw new ConfigError([
      `${file}: ${code}. --sandbox expects the file that a hub with a sandbox writes when it is ready: start it, or set TESSERA_DATA_DIR to its data directory`,
    ]);
  }
}

/** One request; the body of the answer. Throws what the hub objected to, with the transaction id to give to support. */
export async function callApi<Body>(
  access: ApiAccess,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<Body> {
  const response = await fetch(new URL(path, access.url), {
    method,
    headers: {
      authorization: `Bearer ${access.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Error(`the hub does not answer at ${access.url}: is it running?`, { cause });
  });
  const answer = (await response.json()) as Body | Problem;
  if (response.ok) return answer as Body;
  throw new Error(problemText(answer as Problem));
}

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly transactionId?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  /** Of a version of a mapping. */
  readonly problems?: readonly string[];
}

const problemText = ({ status, title, detail, errors = [], problems = [], transactionId }: Problem): string =>
  [
    `${title} (${status}). ${detail ?? ''}`.trim(),
    ...errors.map((each) => `  ${each.pointer}: ${each.detail}`),
    ...problems.map((each) => `  ${each}`),
    ...(transactionId ? [`  X-Transaction-Id ${transactionId}`] : []),
  ].join('\n');

/** The options as a query, without those that were not given. */
export function queryOf(options: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? '-')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
