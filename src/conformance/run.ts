/** Runs the suite over one adapter: what the manifest claims, each behaviour against a HIS of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Manifest } from '../adapter-kit/index.ts';
import type { Behaviour, Need } from './behaviour.ts';
import { NotApplicable, Unmet } from './must.ts';
import { BEHAVIOURS } from './behaviours/index.ts';
import { Bench } from './bench.ts';
import { answerBehaviour } from './played-answers.ts';
import type { Subject } from './subject.ts';

const AT_ONCE = 8;
/** A behaviour that has not ended by then does not end. */
const PATIENCE_MS = 30_000;

export type Verdict = 'passed' | 'failed' | 'not-applicable';

export interface Result {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Why it failed or does not apply; or, of a guarantee that holds, what a reader should know. */
  readonly detail: string | undefined;
}

export interface AdapterReport {
  /** `<adapter>`, or `<adapter>/<variant>`. */
  readonly id: string;
  readonly title: string;
  readonly capabilities: Manifest['capabilities'];
  readonly lookup: Manifest['lookup'];
  readonly behaviours: readonly Result[];
  /** The rows of the vendor's own table of answers. */
  readonly answers: readonly (Result & { readonly means: string })[];
}

export interface RunOptions {
  /** Only behaviours with these ids, and rows of the vendor with these signals. */
  readonly only?: readonly string[];
}

export async function runConformance(subject: Subject, { only }: RunOptions = {}): Promise<AdapterReport> {
  const { manifest } = subject.adapter;
  const isWanted = (id: string): boolean => only?.includes(id) ?? true;
  const behaviours = BEHAVIOURS.filter(({ id }) => isWanted(id));
  const played = subject.answers.filter(({ signal }) => isWanted(signal));
  const rows = played.map(answerBehaviour);
  const results = await withSeed(subject, (seed) => runAll(subject, [...behaviours, ...rows], seed));
  return {
    id: subject.variant === undefined ? subject.id : `${subject.id}/${subject.variant}`,
    title: manifest.title,
    capabilities: manifest.capabilities,
    lookup: manifest.lookup,
    behaviours: results.slice(0, behaviours.length),
    answers: results.slice(behaviours.length).map((result, nth) => ({ ...result, means: played[nth]?.means ?? '' })),
  };
}

export const failuresIn = (report: AdapterReport): readonly Result[] =>
  [...report.behaviours, ...report.answers].filter(({ verdict }) => verdict === 'failed');

/** A simulator makes its keys at its first start: once here, and every other one takes them over. */
async function withSeed<T>(subject: Subject, work: (seed: string | undefined) => Promise<T>): Promise<T> {
  if (subject.startSimulator === undefined) return work(undefined);
  const directory = mkdtempSync(join(tmpdir(), `conformance-seed-`));
  try {
    const simulator = await subject.startSimulator({ directory, seed: 7 });
    await simulator.stop();
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runAll(subject: Subject, behaviours: readonly Behaviour[], seed: string | undefined): Promise<Result[]> {
  const results = new Map<Behaviour, Result>();
  const waiting = behaviours.filter(({ alone }) => alone !== true).values();
  const worker = async (): Promise<void> => {
    for (const behaviour of waiting) results.set(behaviour, await judge(subject, behaviour, seed));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const behaviour of behaviours) {
    if (behaviour.alone === true) results.set(behaviour, await judge(subject, behaviour, seed));
  }
  return behaviours.flatMap((behaviour) => results.get(behaviour) ?? []);
}

async function judge(subject: Subject, behaviour: Behaviour, seed: string | undefined): Promise<Result> {
  const { id, title } = behaviour;
  const reason = whyNot(behaviour.needs ?? [], subject.adapter.manifest);
  if (reason !== undefined) return { id, title, verdict: 'not-applicable', detail: reason };
  let bench: Bench | undefined;
  try {
    bench = await Bench.open(subject, seed);
    const transport = whyNotOver(behaviour.needs ?? [], bench.speaks);
    if (transport !== undefined) throw new NotApplicable(transport);
    await Promise.race([behaviour.run(bench), tooLong()]);
    return { id, title, verdict: 'passed', detail: bench.remark };
  } catch (error) {
    if (error instanceof NotApplicable) return { id, title, verdict: 'not-applicable', detail: error.message };
    return { id, title, verdict: 'failed', detail: said(error) };
  } finally {
    await bench?.close();
  }
}

/** Whatever else is thrown is the adapter's or its simulator's: the first line of where it arose helps to find it. */
function said(error: unknown): string {
  if (error instanceof Unmet) return error.message;
  const at =
    error instanceof Error ? (error.stack ?? '').split('\n').find((line) => line.includes('    at ')) : undefined;
  return `${String(error)}${at === undefined ? '' : ` (${at.trim()})`}`;
}

function whyNot(needs: readonly Need[], { managedBy, capabilities }: Manifest): string | undefined {
  for (const need of needs) {
    if (need === 'HIS' || need === 'HTTP' || need === 'MLLP') {
      if (managedBy === 'hub') return 'the hub itself keeps the book: there is no HIS to talk to';
    } else if (!capabilities.includes(need)) return `does not declare ${need}`;
  }
  return undefined;
}

function whyNotOver(needs: readonly Need[], speaks: 'http' | 'mllp' | undefined): string | undefined {
  if (needs.includes('HTTP') && speaks !== 'http') return 'does not speak HTTP';
  if (needs.includes('MLLP') && speaks !== 'mllp') return 'does not speak MLLP';
  return undefined;
}

async function tooLong(): Promise<never> {
  await delay(PATIENCE_MS, undefined, { ref: false });
  throw new Unmet(`did not end within ${PATIENCE_MS / 1000} s`);
}
