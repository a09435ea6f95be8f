/** One process of the hub under test: started, killed, stopped and continued by real signals, and started again. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { hasCanary } from './canaries.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What is kept of its log, to explain a violation. */
const LINES_KEPT = 400;

/** Starts are many: this halves them. */
const COMPILED = join(tmpdir(), 'tessera-chaos-compiled');
let compiled = false;

/** Fills the cache once: a process that is killed writes nothing into it. */
function compile(): void {
  if (compiled) return;
  compiled = true;
  const load = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'src/main.ts')).href)})`;
  execFileSync(process.execPath, ['--input-type=module', '-e', `await ${load}`], {
    env: { NODE_COMPILE_CACHE: COMPILED },
    stdio: 'ignore',
  });
}

export interface ChildOptions {
  /** As TESSERA_ROLES takes them. */
  readonly roles: string;
  readonly environment: Readonly<Record<string, string>>;
  /** For Node itself, before the program. */
  readonly nodeOptions?: readonly string[];
}

export class Child {
  readonly roles: string;
  /** Its API; changes with every start. Empty before the first. */
  url = '';
  ready = false;
  /** Lines of its log, of all its lives, that held a patient's data. */
  leaks = 0;
  #options: ChildOptions;
  #process: ChildProcess | undefined;
  #lines: string[] = [];

  constructor(options: ChildOptions) {
    this.roles = options.roles;
    this.#options = options;
  }

  get environment(): ChildOptions['environment'] {
    return this.#options.environment;
  }

  get pid(): number | undefined {
    return this.isAlive ? this.#process?.pid : undefined;
  }

  get isAlive(): boolean {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The newest lines of its log. */
  get tail(): string {
    return this.#lines.join('\n');
  }

  /** Resolves when it is ready. `changes`: for this life and those after it. Throws with its log when it ends before. */
  async start(changes: Partial<ChildOptions> = {}): Promise<void> {
    this.#options = { ...this.#options, ...changes };
    const { environment, nodeOptions = [] } = this.#options;
    compile();
    const child = spawn(process.execPath, [...nodeOptions, join(ROOT, 'bin/tessera.cjs'), 'start', '--json'], {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED, TESSERA_ROLES: this.roles, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    // A run that dies takes its processes along.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => {
      process.off('exit', end);
      if (this.#process === child) this.ready = false;
    });
    const ready = Promise.withResolvers<string>();
    createInterface(child.stderr).on('line', (line) => this.#keep(line));
    createInterface(child.stdout).on('line', (line) => {
      this.#keep(line);
      if (line.startsWith('{"url"')) ready.resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code, signal) =>
      ready.reject(
        new Error(
          `the ${this.roles} process ended with ${code ?? signal} before it was ready:\n${this.tail.slice(-1_500)}`,
        ),
      ),
    );
    this.url = await ready.promise;
    this.ready = true;
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.isAlive) return;
    this.ready = false;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** Resolves when it has ended, by whatever. */
  async ended(): Promise<void> {
    if (this.#process && this.isAlive) await once(this.#process, 'exit');
  }

  /** Resident memory in bytes, and open descriptors; undefined when it is not running, or not on Linux. */
  usage(): { readonly rssBytes: number } | undefined {
    if (this.pid === undefined) return undefined;
    try {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
      return kilobytes === undefined ? undefined : { rssBytes: Number(kilobytes) * 1024 };
    } catch {
      return undefined;
    }
  }

  #keep(line: string): void {
    if (hasCanary(line)) this.leaks += 1;
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT * 2) this.#lines = this.#lines.slice(-LINES_KEPT);
  }
}
