import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../../src/db/database.ts';

export interface HeldServer {
  readonly url: string;
  readonly pid: number;
  readonly adopted: boolean;
  readonly child: ChildProcess;
  /** Standard output after the first line, when the program has ended. */
  readonly rest: Promise<string[]>;
  readonly exited: Promise<number | null>;
}

export interface HoldOptions {
  readonly mode?: 'hold' | 'leave';
  readonly ephemeral?: boolean;
  readonly uid?: number;
  readonly env?: Record<string, string>;
}

/** Runs hold-server.ts in a process (and process group) of its own; returns when its server answers. */
export async function holdServer(dataDir: string, options: HoldOptions = {}): Promise<HeldServer> {
  const script = fileURLToPath(new URL('hold-server.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [script, dataDir, options.mode ?? 'hold', options.ephemeral ? 'ephemeral' : ''],
    {
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      env: { PATH: process.env['PATH'], ...options.env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const lines = createInterface(child.stdout);
  const rest: string[] = [];
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then((code) => Promise.reject(new Error(`the program ended with ${code}: ${said.join('')}`))),
  ]);
  lines.on('line', (line) => rest.push(line));
  const answer: unknown = JSON.parse(first);
  if (!isAnswer(answer)) throw new Error(`expected the place of the server, got ${first}`);
  return { ...answer, child, exited, rest: once(lines, 'close').then(() => rest) };
}

function isAnswer(value: unknown): value is { url: string; pid: number; adopted: boolean } {
  return typeof value === 'object' && value !== null && 'url' in value && 'pid' in value && 'adopted' in value;
}

/** Asks the program to stop its server, and waits until it has ended. */
export async function release(held: HeldServer): Promise<number | null> {
  held.child.stdin?.end();
  return held.exited;
}

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const db = openDatabase(url, { max: 1, onError: () => {} });
  try {
    return (await db.query(text)).rows;
  } finally {
    await db.close();
  }
}

/**
 * Pids of servers and guards whose command line names the directory; zombies have no command line, and a server's children its own
 * until they have given themselves a title.
 */
export function processesOf(dataDir: string, kind: 'guard' | 'postgres'): number[] {
  const list = execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' });
  const found = list
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match?.[3]?.includes(dataDir) && match[3].includes(kind === 'guard' ? 'guard.ts' : ' -D '))
    .map((match) => ({ pid: Number(match?.[1]), parent: Number(match?.[2]) }));
  return found.filter(({ parent }) => !found.some(({ pid }) => pid === parent)).map(({ pid }) => pid);
}
