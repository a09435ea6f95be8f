/**
 * Tries mappings out in child processes: what runs too long, or takes too much memory, is killed, and nothing else notices. A
 * worker thread would not do: V8 ends the whole process when one of its threads is out of memory.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trial, TrialAnswer } from './trial.ts';

export interface TrialLimits {
  /** Wall clock for one trial, in ms; a new child's start is not counted. */
  readonly timeMs: number;
  /** Of the child's heap, in MiB. */
  readonly memoryMiB: number;
  /** Children at a time; further trials wait. */
  readonly children: number;
}

const USUAL: TrialLimits = { timeMs: 1_000, memoryMiB: 128, children: 2 };
const CHILD = fileURLToPath(new URL('./trial-child.ts', import.meta.url));

export class TrialPool implements AsyncDisposable {
  private readonly limits: TrialLimits;
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor(limits: Partial<TrialLimits> = {}) {
    this.limits = { ...USUAL, ...limits };
  }

  /** Always answers; within 1.5 × `timeMs` of its start in a child. */
  async try(trial: Trial): Promise<TrialAnswer> {
    while (this.busy >= this.limits.children) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy += 1;
    try {
      const child = this.idle.pop() ?? (await this.start(trial.contracts));
      const answer = await this.ask(child, trial);
      if (child.connected) this.idle.push(child);
      return answer;
    } finally {
      this.busy -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Ends all children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.all].map(ended));
  }

  private async start(contracts: string): Promise<ChildProcess> {
    const child = fork(CHILD, [contracts], {
      // Nothing of the hub's environment, where its secrets are.
      env: {},
      execArgv: [`--max-old-space-size=${this.limits.memoryMiB}`, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.all.add(child);
    child.once('exit', () => this.all.delete(child));
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`a child for trying mappings out did not start (exit ${code})`)));
    });
    return child;
  }

  private ask(child: ChildProcess, trial: Trial): Promise<TrialAnswer> {
    const { timeMs, memoryMiB } = this.limits;
    return new Promise((resolve) => {
      const settle = (answer: TrialAnswer): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.off('exit', onExit);
        resolve(answer);
      };
      // A child that ends by itself ran out of memory: nothing else ends it.
      const onExit = (): void => settle({ kind: 'stopped', why: 'memory', limit: memoryMiB });
      const timer = setTimeout(() => {
        child.off('exit', onExit);
        void ended(child).then(() => settle({ kind: 'stopped', why: 'time', limit: timeMs }));
      }, timeMs);
      child.once('exit', onExit);
      child.once('message', (text) => settle(answerIn(text)));
      child.send(trial, (error) => error && onExit());
    });
  }
}

/** What our own child sent: only it knows the other end of the channel. */
const answerIn = (text: unknown): TrialAnswer => JSON.parse(typeof text === 'string' ? text : '') as TrialAnswer;

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    child.kill('SIGKILL');
  });
}
