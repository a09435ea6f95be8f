/** `tessera map try`. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  findMapping,
  openPool,
  printJson,
  readInput,
  tryMapping,
  UsageError,
  withMembers,
  type TriedMapping,
} from '../mapping-tools/index.ts';
import { bytesAt, saveExample } from './map-files.ts';
import { table } from './hub-api.ts';
import type { MapAnswer, MapCall, TryOptions } from './map-call.ts';

export async function tryOut(call: MapCall, name: string, options: TryOptions): Promise<MapAnswer> {
  await using pool = openPool();
  const ref = findMapping(call.root, name);
  const zone = options.connectionZone === undefined ? {} : { timeZone: options.connectionZone };
  const read = (path: string): unknown =>
    withMembers(readInput(path, bytesAt(path), { lists: options.lists }), { ...zone, ...options.with });
  const run = (input: unknown): Promise<TriedMapping> => tryMapping(pool, ref, call.contractsDirectory, input);
  if (options.in !== '-' && statSync(options.in, { throwIfNoEntry: false })?.isDirectory()) {
    if (options.save !== undefined) throw new UsageError('--save takes one message; name a file by --in');
    const tried: Tried[] = [];
    for (const file of readdirSync(options.in).toSorted()) {
      if (/\.(json|xml|hl7)$/.test(file)) tried.push({ file, answer: await run(read(join(options.in, file))) });
    }
    if (tried.length === 0) throw new UsageError(`${options.in} holds no message: expected .json, .xml or .hl7`);
    return ofAll(tried);
  }
  const input = read(options.in);
  const answer = await run(input);
  const saved = options.save === undefined ? [] : [saveExample(ref, options.save, input, answer)];
  return ofOne(answer, options.explain ?? false, saved);
}

function ofOne(answer: TriedMapping, isExplained: boolean, saved: readonly string[]): MapAnswer {
  const told = answer.kind === 'done' ? printJson(answer.output).trimEnd() : refusalOf(answer);
  const { made, unread } = seenBy(answer);
  const explained = isExplained ? { made, unread } : {};
  const result =
    answer.kind === 'done' ? { output: answer.output } : { error: answer.kind === 'misfit' ? answer.error : answer };
  return {
    text: [told, ...(isExplained ? ['', explain(answer)] : []), ...saved].join('\n'),
    json: { ...result, ...explained },
    isSound: answer.kind === 'done',
  };
}

interface Tried {
  readonly file: string;
  readonly answer: TriedMapping;
}

/** Messages that are refused for the same reason are one line of work. */
function ofAll(tried: readonly Tried[]): MapAnswer {
  const refused = tried.filter(({ answer }) => answer.kind !== 'done');
  const reasons = Map.groupBy(refused, ({ answer }) => refusalOf(answer));
  const wasRead = new Map<string, boolean>();
  for (const { answer } of tried) {
    for (const { path, read } of answer.kind === 'stopped' ? [] : answer.source) {
      wasRead.set(path, read || wasRead.get(path) === true);
    }
  }
  const unread = [...wasRead].filter(([, read]) => !read).map(([path]) => path);
  const lines = [
    ...[...reasons].map(([reason, of]) => `${reason}\n  ${of.map(({ file }) => file).join(', ')}`),
    ...(unread.length === 0 ? [] : ['read in no message:', ...unread.map((path) => `  ${path}`)]),
    `${tried.length - refused.length} of ${tried.length} messages are mapped`,
  ];
  const messages = tried.map(({ file, answer }) =>
    answer.kind === 'done' ? { file, output: answer.output } : { file, error: refusalOf(answer) },
  );
  return { text: lines.join('\n'), json: { messages, unread }, isSound: refused.length === 0 };
}

const LIMITS: Readonly<Record<Extract<TriedMapping, { kind: 'stopped' }>['why'], string>> = {
  time: 'it took longer than the limit, in ms',
  memory: 'it took more memory than the limit, in MiB',
  size: 'its output is larger than the limit, in characters',
  fault: 'the engine failed; please report it with the mapping',
};

function refusalOf(answer: TriedMapping): string {
  if (answer.kind === 'misfit') return answer.error.message;
  return answer.kind === 'stopped' ? `the trial was stopped: ${LIMITS[answer.why]} (${answer.limit})` : '';
}

function seenBy(answer: TriedMapping): Pick<Extract<TriedMapping, { kind: 'done' }>, 'made'> & { unread: string[] } {
  if (answer.kind === 'stopped') return { made: [], unread: [] };
  return { made: answer.made, unread: answer.source.filter(({ read }) => !read).map(({ pointer }) => pointer) };
}

function explain(answer: TriedMapping): string {
  const { made, unread } = seenBy(answer);
  const rows = made.map(({ at, rule, file, line, column, from, asked }) => [
    at === '' ? '/' : at,
    rule,
    `${file}:${line}:${column}`,
    [from.join(', '), asked.length === 0 ? '' : `if ${asked.join(', ')}`].filter((each) => each !== '').join('; '),
  ]);
  const never = unread.length === 0 ? [] : ['', 'never read:', ...unread.map((pointer) => `  ${pointer}`)];
  return [table([['FIELD', 'RULE', 'WHERE', 'MADE OF'], ...rows]), ...never].join('\n');
}
