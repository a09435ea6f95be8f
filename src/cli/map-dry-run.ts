/** `tessera map dryrun`: what a mapping makes of what a hospital says now. The hub reads there, and shows nothing of a patient. */
import { existsSync, writeFileSync } from 'node:fs';
import { filesIn, printJson, UsageError } from '../mapping-tools/index.ts';
import { callApi, table, type ApiAccess } from './hub-api.ts';
import type { MapAnswer } from './map-call.ts';
import { findConnection, listAll } from './map-version-files.ts';

export interface DryRunOptions {
  /** Key or id. */
  readonly connection: string;
  readonly mapping?: string;
  readonly number?: number;
  /** The directory with <mapping>.yaml, whose files are tried instead of a version. */
  readonly files?: string;
  readonly save?: string;
}

const NOTHING_READ = 'this hospital cannot be asked, it tells by itself: give a message of it to "tessera map try"';
const NONE_APPLIED = 'what was read applies no mapping of the connection';

interface Answer {
  readonly reads: readonly {
    readonly read: string;
    readonly class: string;
    readonly reason: string | null;
    readonly inputs: number;
    readonly applied: readonly string[];
  }[];
  readonly inputs: readonly {
    readonly kind: 'done' | 'misfit' | 'refused' | 'stopped';
    readonly error?: { readonly message: string };
    readonly problems?: readonly { file: string; line: number; column: number; message: string }[];
    readonly why?: string;
    readonly limit?: number;
    readonly example?: object | null;
    readonly differs?: readonly string[];
  }[];
}

export async function dryRun(access: ApiAccess, options: DryRunOptions): Promise<MapAnswer> {
  const { id, adapter } = await findConnection(access, options.connection);
  const { mapping, save } = options;
  if (mapping === undefined) {
    if (save !== undefined || options.files !== undefined || options.number !== undefined)
      throw new UsageError('name one mapping by --mapping, for --save, --files or --number');
    return ofAll(access, id);
  }
  const [, name = mapping] = mapping.startsWith(`${adapter}.`) ? ['', mapping.slice(adapter.length + 1)] : [];
  if (save !== undefined && existsSync(save)) throw new UsageError(`${save} exists already; name another file`);
  const answer = await ask(access, id, `${adapter}.${name}`, {
    ...(options.number === undefined ? {} : { number: options.number }),
    ...(options.files === undefined ? {} : { files: filesIn(options.files, name) }),
  });
  const lines = [...linesOf(`${adapter}.${name}`, answer)];
  let isSaved = true;
  if (save !== undefined) {
    const example = smallest(answer.inputs.flatMap((each) => each.example ?? []));
    isSaved = example !== undefined;
    if (example) writeFileSync(save, printJson(example));
    lines.push(
      example
        ? `saved as ${save}: redacted, and it maps as the real one did. Name it in the "examples" of ${name}.yaml`
        : 'nothing was saved: there is no input whose redacted form maps as the real one does',
    );
  }
  return { text: lines.join('\n'), json: answer, isSound: isSound(answer) && isSaved };
}

/** One reading after the other: the hospital is at work. A read that has applied a mapping says which others it applies. */
async function ofAll(access: ApiAccess, connectionId: string): Promise<MapAnswer> {
  const mappings = await listAll<{ name: string }>(access, '/v1/mappings', connectionId);
  const answers: (Answer & { mapping: string })[] = [];
  let applied: ReadonlySet<string> | undefined;
  for (const { name } of mappings) {
    if (applied && !applied.has(name.slice(name.indexOf('.') + 1))) continue;
    const answer = await ask(access, connectionId, name, {});
    answers.push({ mapping: name, ...answer });
    // All reads were made for a mapping that none of them applies: what is not among these is no mapping of what is read.
    if (answer.inputs.length === 0) applied = new Set(answer.reads.flatMap((each) => each.applied));
  }
  const used = answers.filter(({ inputs }) => inputs.length > 0);
  const failed = answers.find(({ reads }) => reads.some((each) => each.class !== 'success'));
  const lines = [
    ...(failed ? readsOf(failed) : []),
    table([
      ['MAPPING', 'READ', 'INPUTS', 'MAPPED'],
      ...used.map(({ mapping, reads, inputs }) => [
        mapping,
        reads.at(-1)?.read ?? null,
        inputs.length,
        inputs.filter(({ kind }) => kind === 'done').length,
      ]),
    ]),
    ...used.flatMap((each) => refusalsOf(each)),
    ...(used.length === 0 ? [answers.some(({ reads }) => reads.length > 0) ? NONE_APPLIED : NOTHING_READ] : []),
  ];
  return {
    text: lines.join('\n'),
    json: { mappings: answers },
    isSound: !failed && used.length > 0 && used.every(isSound),
  };
}

const ask = (access: ApiAccess, connectionId: string, mapping: string, more: object): Promise<Answer> =>
  callApi<Answer>(access, 'POST', `/v1/mappings/${encodeURIComponent(mapping)}/dryrun`, { connectionId, ...more });

/** What is read, and kept in a repository, is best short. */
const smallest = (examples: readonly object[]): object | undefined =>
  examples.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)[0];

const isSound = ({ inputs }: Answer): boolean => inputs.length > 0 && inputs.every(({ kind }) => kind === 'done');

function* linesOf(mapping: string, answer: Answer): Generator<string> {
  const { inputs, reads } = answer;
  yield* readsOf(answer);
  if (inputs.length === 0) {
    const applied = [...new Set(reads.flatMap((each) => each.applied))];
    yield `${mapping} was not applied: ${reads.length === 0 ? NOTHING_READ : `what is read here applies ${applied.join(', ') || 'no mapping'}`}`;
    return;
  }
  const shown = smallest(inputs.flatMap(({ kind, example }) => (kind === 'done' && example ? example : [])));
  if (shown) yield printJson(shown).trimEnd();
  yield* refusalsOf(answer);
  for (const { differs = [] } of inputs)
    if (differs.length > 0)
      yield `an input maps otherwise when it is redacted, at ${differs.join(', ')}: it is not shown`;
  yield `${inputs.filter(({ kind }) => kind === 'done').length} of ${inputs.length} inputs are mapped`;
}

const readsOf = ({ reads }: Answer): string[] =>
  reads.map(
    (each) =>
      `${each.read}: ${each.class}${each.reason === null ? '' : ` (${each.reason})`}, ${each.inputs} ${each.inputs === 1 ? 'input' : 'inputs'}`,
  );

/** Inputs that are refused for the same reason are one line. */
function refusalsOf({ inputs }: Answer): string[] {
  const reasons = inputs.flatMap(({ kind, error, problems = [], why, limit }) => {
    if (kind === 'misfit') return [error?.message ?? ''];
    if (kind === 'stopped') return [`the trial was stopped: ${why} (${limit})`];
    return problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  });
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length }]) =>
    length === 1 ? reason : `${reason}\n  ${length} inputs`,
  );
}
