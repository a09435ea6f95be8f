/** A sandbox hub under attack: how each corpus reaches it, and what it was heard to say. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hasCanary } from '../../chaos/canaries.ts';
import { startTestHub, type Role, type TestHub } from '../../support/hub.ts';

/** Longer than any answer takes, also on a busy machine. */
const ANSWER_WITHIN_MS = 30_000;
/** Nobody attacks for so long that he is to be limited. */
const RATES = ['organization', 'client', 'route', 'costly', 'address'].map((name) => `${name}=10000000/1s`).join(',');

export interface Heard {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface Asking {
  readonly method?: string;
  readonly role?: Role | null;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export class Target {
  readonly hub: TestHub;
  /** What an XML HIS posts to. */
  readonly push: { readonly path: string; readonly secret: string };
  readonly mllp: { readonly host: string; readonly port: number };
  /** Refusals in which patients' data stood. */
  readonly leaks: string[] = [];

  private constructor(hub: TestHub, push: Target['push'], mllp: Target['mllp']) {
    this.hub = hub;
    this.push = push;
    this.mllp = mllp;
  }

  static async open(): Promise<Target> {
    const hub = await startTestHub({ TESSERA_RATE_LIMITS: RATES });
    const secret = randomBytes(24).toString('base64url');
    const { id } = hub.connection('xml-his');
    const changed = await hub.request('PATCH', `/v1/connections/${id}`, {
      role: 'admin',
      body: { secrets: { pushSecret: secret } },
    });
    if (changed.status !== 200) throw new Error(`the XML connection takes no pushes: ${JSON.stringify(changed.body)}`);
    const { mllp } = JSON.parse(await readFile(join(hub.dataDir, 'sandbox.json'), 'utf8')) as Pick<Target, 'mllp'>;
    return new Target(hub, { path: `/inbound/${id}/notifications`, secret }, mllp);
  }

  /** Throws for a 5xx, and for no answer. */
  async ask(path: string, { method = 'GET', role = 'app', token, headers, body }: Asking = {}): Promise<Heard> {
    const bearer = token ?? (role === null ? undefined : this.hub.sandbox.tokens[role]);
    const response = await fetch(this.hub.sandbox.api + path, {
      method,
      headers: { ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }), ...headers },
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const text = await response.text();
    this.judge(response.status, text);
    return { status: response.status, text, headers: response.headers };
  }

  /** Bytes as they are, to the port of the API; all that came back until the connection was closed or silent. */
  raw(bytes: string | Uint8Array, silentMs = 400): Promise<string> {
    const { hostname, port } = new URL(this.hub.sandbox.api);
    return this.#exchange(hostname, Number(port), bytes, silentMs);
  }

  /** The same, to the port of HL7 v2, or until the first answer. */
  rawMllp(bytes: Uint8Array, silentMs: number): Promise<string> {
    return this.#exchange(this.mllp.host, this.mllp.port, bytes, silentMs, '\u001c\r');
  }

  /** For refusals: what a patient's data must not stand in. */
  judge(status: number, text: string): void {
    if (status >= 500 && status !== 501) throw new Error(`answered ${status}: ${text.slice(0, 200)}`);
    if (status >= 400 && hasCanary(text)) this.leaks.push(`an answer of ${status}`);
  }

  /** Throws when the process has gone, or does not answer any more. */
  async isWell(): Promise<void> {
    process.kill(this.hub.sandbox.pid, 0);
    for (const path of ['/livez', '/readyz']) {
      const { status } = await this.ask(path, { role: null });
      if (status !== 200) throw new Error(`${path} answers ${status}`);
    }
  }

  /** Where patients' data stand that must not: the log, refusals, and every table (what is of patients is sealed there). */
  async findLeaks(): Promise<readonly string[]> {
    const leaks = [...new Set(this.leaks)];
    if (hasCanary(this.hub.output)) leaks.push('the log');
    const { db } = this.hub.database;
    const tables = await db.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'pgboss') and c.relkind in ('r', 'p') and not c.relispartition`,
    );
    for (const { name } of tables.rows) {
      const rows = await db.query<{ row: string }>(`select t::text as row from ${name} t`);
      if (rows.rows.some(({ row }) => hasCanary(row))) leaks.push(`table ${name}`);
    }
    return leaks;
  }

  stop(): Promise<void> {
    return this.hub.stop();
  }

  #exchange(host: string, port: number, bytes: string | Uint8Array, silentMs: number, until?: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(port, host);
      let heard = '';
      const end = (): void => void socket.destroy();
      socket.on('error', () => {});
      socket.setTimeout(silentMs, end);
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        if (until !== undefined && heard.includes(until)) end();
      });
      socket.once('close', () => resolve(heard));
      socket.once('end', end);
      socket.write(bytes);
    });
  }
}
