/** Runs what must find a defect, with it planted or without, until something is wrong or the trials are over. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startCluster } from '../cluster.ts';
import { listRows } from '../list-rows.ts';
import { Tally } from '../tally.ts';
import type { Defect } from './defect.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PLANT = pathToFileURL(join(import.meta.dirname, 'plant.ts')).href;

export interface HuntWish {
  /** Absent: the hub as it is. */
  readonly planted?: Defect;
  readonly seed: number;
  /** At most. */
  readonly trials: number;
  readonly ending: AbortSignal;
  say(text: string): void;
}

/** What went wrong first; of what one seed breaks, what the defect is to break. */
export interface Find {
  /** From 1; of a row that judges many trials at once, the last of those. */
  readonly trial: number;
  readonly seed: number;
  readonly invariant: string;
  readonly detail: string;
}

export interface Hunted {
  readonly trials: number;
  readonly found: Find | undefined;
}

/** Throws when the hub does not even start, or what is run breaks off: that proves nothing. */
export async function hunt(by: Defect['hunt'], wish: HuntWish): Promise<Hunted> {
  if (by.by === 'row') return huntByRow(by.row, wish);
  return by.by === 'simulation' ? huntBySimulation(wish) : huntByConformance(by.adapter, wish);
}

/** For the report. */
export const wordsOf = (by: Defect['hunt']): string =>
  by.by === 'row' ? `row ${by.row}` : by.by === 'simulation' ? 'simulation' : `conformance of ${by.adapter}`;

const environmentOf = (planted: Defect | undefined): Record<string, string> =>
  planted ? { NODE_OPTIONS: `--import=${PLANT}`, CHAOS_DEFECT: planted.name } : {};

class FirstFind extends Tally {
  find: Omit<Find, 'trial'> | undefined;
  readonly #found: () => void;

  constructor(found: () => void) {
    super();
    this.#found = found;
  }

  override violate(seed: number, invariant: string, detail: string): void {
    super.violate(seed, invariant, detail);
    this.find ??= { seed, invariant, detail };
    this.#found();
  }
}

async function huntByRow(name: string, { planted, seed, trials, ending, say }: HuntWish): Promise<Hunted> {
  const row = (await listRows()).find((each) => each.name === name);
  if (!row) throw new Error(`there is no row ${name}`);
  const found = new AbortController();
  const tally = new FirstFind(() => found.abort());
  const driver = row.drivers.includes('pg-boss') ? 'pg-boss' : 'bullmq';
  await row.run({
    driver,
    trials,
    seed,
    tally,
    ending: AbortSignal.any([ending, found.signal]),
    say,
    cluster: (shape = {}) => startCluster({ ...shape, driver, environment: environmentOf(planted) }),
  });
  const { find, trials: done } = tally;
  return { trials: done, found: find && { trial: done, ...find } };
}

async function huntBySimulation({ planted, seed, trials, ending }: HuntWish): Promise<Hunted> {
  const given = ['--seeds', String(trials), '--from', String(seed), '--first'];
  const { code, text } = await run(['test/chaos/simulate.ts', ...given], planted, ending);
  if (code === 0) return { trials, found: undefined };
  const [, at, broken = ''] = /^seed (\d+) breaks:\n((?: {2}\S+ {2}.*\n)+)/m.exec(text) ?? [];
  const all = [...broken.matchAll(/^ {2}(\S+) {2}(.*)$/gm)];
  // What the defect is about, where the seed breaks more than that.
  const [, invariant, detail] = all.find(([, each]) => each === planted?.breaks) ?? all[0] ?? [];
  if (at === undefined || invariant === undefined || detail === undefined)
    throw new Error(`the simulation broke off:\n${text.slice(-1_500)}`);
  const trial = Number(at) - seed + 1;
  return { trials: trial, found: { trial, seed: Number(at), invariant, detail } };
}

/** The suite knows no seeds. */
async function huntByConformance(adapter: string, { planted, seed, ending }: HuntWish): Promise<Hunted> {
  const { code, text } = await run(['bin/tessera.cjs', 'adapter', 'check', `adapters/${adapter}`], planted, ending);
  if (code === 0) return { trials: 1, found: undefined };
  const broken = text.split(/^\d+ broken:$/m)[1] ?? '';
  const [, behaviour, detail] =
    /^ {2}\S+ ((?:spring|autumn)-\w+): (.*)$/m.exec(broken) ?? /^ {2}\S+ ([\w-]+): (.*)$/m.exec(broken) ?? [];
  if (behaviour === undefined || detail === undefined)
    throw new Error(`the conformance suite broke off:\n${text.slice(-1_500)}`);
  return { trials: 1, found: { trial: 1, seed, invariant: behaviour, detail } };
}

async function run(program: readonly string[], planted: Defect | undefined, signal: AbortSignal) {
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environmentOf(planted) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, text };
}
