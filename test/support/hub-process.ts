/** Another process of a hub: the same database and data directory, a role of its own, no simulated hospitals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');

export interface Belonging {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class HubProcess {
  /** Everything it has written, of all its lives. */
  output = '';
  /** Its API, when it has that role and is ready. */
  url = '';
  readonly #roles: string;
  readonly #hub: Belonging;
  #process: ChildProcess | undefined;

  /** `roles` as TESSERA_ROLES takes them. */
  constructor(roles: string, hub: Belonging) {
    this.#roles = roles;
    this.#hub = hub;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(ROOT, 'bin/tessera.cjs'), 'start', '--json'], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: this.#hub.databaseUrl,
        TESSERA_DATA_DIR: this.#hub.dataDir,
        TESSERA_PORT: '0',
        TESSERA_MLLP_PORT: '0',
        TESSERA_SANDBOX: 'off',
        TESSERA_ROLES: this.#roles,
        ...this.#hub.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    const ready = Promise.withResolvers<string>();
    createInterface(child.stdout).on('line', (line) => {
      this.output += `${line}\n`;
      if (line.startsWith('{"url"')) ready.resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code) =>
      ready.reject(new Error(`the ${this.#roles} process ended with ${code} before it was ready:\n${this.output}`)),
    );
    this.url = await ready.promise;
  }

  /** Sends the signal and waits for the end; resolves to the exit code, or null when it was killed, or was not running. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return null;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  }
}
