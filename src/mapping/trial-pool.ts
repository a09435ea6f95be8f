/**
 * Tries mappings out in child processes: what runs too long, or takes too much memory, is killed, and nothing else notices. They
 * step back where a core is wanted: who has requests to answer goes first. A worker thread would not do: V8 ends the whole process
 * when one of its threads is out of memory.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Stopped, Trial, TrialAnswer } from './trial.ts';

export interface TrialLimits {
  /** Wall clock for one trial, in ms; a new child's start is not counted. */
  readonly timeMs: number;
  /** Of the child's heap, in MiB. */
  readonly memoryMiB: number;
  /** Children at a time; further trials wait. */
  readonly children: number;
}

const USUAL: TrialLimits = { timeMs: 1_000, memoryMiB: 128, children: 2 };
const CHILD = new URL('./trial-child.ts', import.meta.url);

export class TrialPool implements AsyncDisposable {
  private readonly limits: TrialLimits;
  private readonly program: string;
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  /** `program`: what the children run; it calls serveTasks. */
  constructor(limits: Partial<TrialLimits> = {}, program: URL = CHILD) {
    this.limits = { ...USUAL, ...limits };
    this.program = fileURLToPath(program);
  }

  /** Always answers; within 1.5 × `timeMs` of its start in a child. */
  try(trial: Trial): Promise<TrialAnswer> {
    return this.run<TrialAnswer>(trial);
  }

  /** The same for a task of another kind, which the program answers with JSON of the type `Answer`. */
  async run<Answer>(
    task: object & { readonly contracts: string },
    timeMs = this.limits.timeMs,
  ): Promise<Answer | Stopped> {
    while (this.busy >= this.limits.children) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy += 1;
    try {
      const child = this.atHand() ?? (await this.start(task.contracts));
      const answer = await this.ask(child, task, timeMs);
      if (child.connected) this.idle.push(child);
      // What our own child sent: only its program knows the other end of the channel.
      return typeof answer === 'string' ? (JSON.parse(answer) as Answer) : answer;
    } finally {
      this.busy -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Ends all children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.all].map(ended));
  }

  /** One that the machine ended meanwhile, for want of memory say, is no answer to anybody's trial. */
  private atHand(): ChildProcess | undefined {
    for (let child = this.idle.pop(); child; child = this.idle.pop()) if (child.connected) return child;
    return undefined;
  }

  private async start(contracts: string): Promise<ChildProcess> {
    const child = fork(this.program, [contracts], {
      // Nothing of the hub's environment, where its secrets are.
      env: {},
      execArgv: [`--max-old-space-size=${this.limits.memoryMiB}`, '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.all.add(child);
    stepBack(child);
    child.once('exit', () => this.all.delete(child));
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`a child for trying mappings out did not start (exit ${code})`)));
    });
    return child;
  }

  private ask(child: ChildProcess, task: object, timeMs: number): Promise<string | Stopped> {
    const { memoryMiB } = this.limits;
    return new Promise((resolve) => {
      const settle = (answer: string | Stopped): void => {
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
      child.once('message', (text) => settle(typeof text === 'string' ? text : ''));
      child.send(task, (error) => error && onExit());
    });
  }
}

/** Of two that want a core, a trial waits for the process that has requests to answer. */
function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the machine does not allow it: then all are equal.
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
    child.kill('SIGKILL');
  });
}
