/** A hub as its users have it: a process of its own, reached over HTTP, with the simulated hospitals' control ports beside it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { makeDataDirectory } from './data-directory.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Reply<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export type Role = 'admin' | 'support' | 'engineer' | 'provider' | 'patient' | 'app';

interface SandboxFile {
  readonly api: string;
  readonly pid: number;
  readonly organization: string;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly accounts: Readonly<
    Partial<Record<Role, { readonly email: string; readonly password: string; readonly totpSecret?: string }>>
  >;
  readonly client: { readonly id: string; readonly secret: string };
  readonly connections: readonly {
    readonly id: string;
    readonly key: string;
    readonly locationId: string;
    readonly control?: string;
  }[];
}

export interface FreeSlot {
  readonly id: string;
  readonly externalId: string | null;
  readonly start: string;
  readonly providerId: string;
  readonly mode: string;
}

export interface RequestOptions {
  readonly role?: Role;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
}

export class TestHub {
  sandbox!: SandboxFile;
  /** Everything the process has written: its log. */
  output = '';
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** Steady, so that no slot leaves the list because a test went on over a full hour; and late enough for what has to be asked early. */
  readonly #slotsFrom = new Date(Date.now() + 2 * 3600_000).toISOString();
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor(database: TestDatabase, dataDir: string, environment: Readonly<Record<string, string>> = {}) {
    this.database = database;
    this.dataDir = dataDir;
    this.#environment = environment;
  }

  /** Starts, or starts again after `kill`; resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(ROOT, 'bin/tessera.cjs'), 'start', '--json'], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: this.database.url,
        TESSERA_DATA_DIR: this.dataDir,
        TESSERA_PORT: '0',
        TESSERA_MLLP_PORT: '0',
        TESSERA_SANDBOX: 'on',
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    const ready = Promise.withResolvers<void>();
    createInterface(child.stdout).on('line', (line) => {
      this.output += `${line}\n`;
      if (line.startsWith('{"url"')) ready.resolve();
    });
    child.once('exit', (code) =>
      ready.reject(new Error(`the hub ended with ${code} before it was ready:\n${this.output}`)),
    );
    await ready.promise;
    this.sandbox = JSON.parse(await readFile(join(this.dataDir, 'sandbox.json'), 'utf8')) as SandboxFile;
  }

  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit');
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Reply<Body>> {
    const token = options.token === undefined ? this.sandbox.tokens[options.role ?? 'app'] : options.token;
    const payload = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(this.sandbox.api + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  connection(key: string): SandboxFile['connections'][number] {
    const found = this.sandbox.connections.find((each) => each.key === key);
    if (!found) throw new Error(`the sandbox has no connection ${key}`);
    return found;
  }

  /** The nth free slot of a connection, in the order of their starts. */
  async slot(key: string, index: number): Promise<FreeSlot> {
    const slot = (await this.freeSlots(key)).at(index);
    if (!slot) throw new Error(`connection ${key} has no ${index + 1} free slots`);
    return slot;
  }

  /** Free slots of a connection, ascending. */
  async freeSlots(key: string, limit = 200): Promise<FreeSlot[]> {
    const slots: FreeSlot[] = [];
    for (const locationId of await this.locationsOf(key)) {
      const page = await this.request<{ items: FreeSlot[] }>(
        'GET',
        `/v1/slots?location=${locationId}&from=${this.#slotsFrom}&limit=${limit}`,
      );
      slots.push(...page.body.items);
    }
    return slots.toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start));
  }

  async locationsOf(key: string): Promise<string[]> {
    const { id } = this.connection(key);
    const page = await this.request<{ items: { id: string; connectionId: string }[] }>(
      'GET',
      '/v1/locations?limit=200',
    );
    return page.body.items.filter((each) => each.connectionId === id).map((each) => each.id);
  }

  async newPatient(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const serial = Math.random().toString(36).slice(2);
    const created = await this.request<{ id: string }>('POST', '/v1/patients', {
      body: {
        name: { given: ['Test'], family: `Person-${serial}` },
        birthDate: '1990-05-17',
        email: `${serial}@example.com`,
        phone: '+12125550123',
        ...fields,
      },
    });
    if (created.status !== 201) throw new Error(`no patient was created: ${JSON.stringify(created.body)}`);
    return created.body.id;
  }

  book<Body = Record<string, unknown>>(
    slotId: string,
    patientId: string,
    key: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply<Body>> {
    return this.request<Body>('POST', '/v1/appointments', {
      body: { slotId, patientId },
      headers: { 'idempotency-key': key, ...headers },
    });
  }

  async control<Body = Record<string, unknown>>(
    key: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Body> {
    const response = await fetch(`${this.connection(key).control}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === '' ? {} : JSON.parse(text)) as Body;
  }

  /** The booked appointments that the HIS holds for a slot or a transaction. */
  async effects(
    key: string,
    by: { slotId?: string | null; transactionId?: string },
  ): Promise<{ status: string; transactionId: string; vendorId: string }[]> {
    const { appointments } = await this.control<{
      appointments: { slotId: string; status: string; transactionId: string; vendorId: string }[];
    }>(key, 'GET', '/effects');
    return appointments.filter((each) =>
      by.slotId ? each.slotId === by.slotId : each.transactionId === by.transactionId,
    );
  }

  /** Reads `path` until `done` is true of its body; fails with the last body after `timeoutMs`. */
  async until<Body>(
    path: string,
    done: (body: Body) => boolean,
    timeoutMs = 30_000,
    role: Role = 'support',
  ): Promise<Body> {
    for (const deadline = Date.now() + timeoutMs; ; await delay(100)) {
      const { body } = await this.request<Body>('GET', path, { role });
      if (done(body)) return body;
      if (Date.now() > deadline) throw new Error(`${path} did not come to the expected state: ${JSON.stringify(body)}`);
    }
  }
}

/** `environment`: added to its own. Call `stop` in afterAll. */
export async function startTestHub(environment: Readonly<Record<string, string>> = {}): Promise<TestHub> {
  const hub = new TestHub(await createTestDatabase(), await makeDataDirectory('tessera-hub-'), environment);
  await hub.start();
  return hub;
}
