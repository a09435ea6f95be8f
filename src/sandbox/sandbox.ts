/** The sandbox: a simulated hospital for every adapter that has a simulator, a clinic without one, and tokens for every role. */
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Adapter } from '../adapter-kit/index.ts';
import type { RunningSimulator } from '../adapter-kit/simulator/index.ts';
import type { Database } from '../db/database.ts';
import { ROLES, type Caller, type Log, type Role } from '../domain/index.ts';
import { newClientSecret, type Issuer } from '../identity/index.ts';
import type { PatientKeys } from '../ledger/keyring.ts';
import type { Seal } from '../ledger/seal.ts';
import { keepClinic, keepPatients } from './demo-clinic.ts';
import { findSimulator } from './find-simulators.ts';
import { keepAccounts } from './keep-accounts.ts';
import { keepClient, keepConnection, keepOrganization, sandboxClient } from './keep-connection.ts';

const TOKEN_SECONDS = 12 * 3600;

export interface SandboxParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly keys: PatientKeys;
  readonly issuer: Issuer;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly adaptersDirectory: string;
  readonly dataDir: string;
  /** Where the hospitals tell what changes; undefined when this process does not listen. */
  readonly mllp: { readonly host: string; readonly port: number } | undefined;
  readonly log: Log;
}

export interface Sandbox {
  readonly file: string;
  /** Connections whose HIS is to be read before the sandbox is ready. */
  readonly connectionIds: readonly string[];
  /** Resolves when every hospital that tells by itself what it offers has told enough to begin with. */
  told(): Promise<void>;
  /** Writes sandbox.json: everything a program outside needs. Call when the hub is ready. */
  announce(hub: {
    readonly api: string;
    readonly mllp: { readonly host: string; readonly port: number };
  }): Promise<void>;
  /** Of the link that opens the console, to be shown to whoever started the hub. */
  readonly code: string;
  /** Tokens for the console, for whoever brings the code first; undefined for everybody else. */
  enter(code: string): ConsoleTokens | undefined;
  stop(): Promise<void>;
}

type ConsoleTokens = Readonly<Record<'support' | 'engineer' | 'admin', string>>;

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly control: string | undefined;
  /** The HIS cannot be asked for its slots: it tells them. */
  readonly tells: boolean;
}

export async function openSandbox(parts: SandboxParts): Promise<Sandbox> {
  const { db, seal, keys, dataDir } = parts;
  const organizationId = await keepOrganization(db);
  const simulators: RunningSimulator[] = [];
  const entries: Entry[] = [];
  for (const [key, { manifest }] of parts.adapters) {
    const tells = manifest.managedBy === 'his' && !manifest.capabilities.includes('FindsSlots');
    // Nobody would hear what such a hospital offers.
    if (tells && !parts.mllp) continue;
    const start = await findSimulator(parts.adaptersDirectory, key);
    const feedTo = parts.mllp ? { feedTo: parts.mllp } : {};
    const simulator = await start?.({ directory: join(dataDir, 'simulators', key), ...feedTo });
    if (simulator) simulators.push(simulator);
    else if (manifest.managedBy === 'his') continue;
    const { name, config, secrets } = simulator?.connection ?? { name: manifest.title, config: {}, secrets: {} };
    const id = await keepConnection(db, seal, organizationId, {
      key,
      name,
      managedBy: manifest.managedBy,
      config,
      secrets,
    });
    entries.push({ id, key, control: simulator?.controlUrl, tells });
    if (simulator)
      parts.log.info(
        { connectionId: id, control: simulator.controlUrl },
        `sandbox hospital ${key} listens at ${simulator.url}`,
      );
  }
  const admin: Caller = { organizationId, clientId: sandboxClient('admin'), role: 'admin' };
  // Of the client that sandbox.json shows; the others are only whom its tokens are of.
  const secret = newClientSecret();
  for (const role of ROLES) await keepClient(db, organizationId, role, role === 'app' ? secret : undefined);
  for (const { id, control } of entries) if (!control) await keepClinic(db, admin, id);
  const patientId = await keepPatients({ db, keys }, admin);
  const file = join(dataDir, 'sandbox.json');
  const code = randomBytes(24).toString('base64url');
  let forConsole: ConsoleTokens | undefined;

  return {
    file,
    code,
    enter(given) {
      if (given !== code) return undefined;
      const tokens = forConsole;
      forConsole = undefined;
      return tokens;
    },
    connectionIds: entries.filter((each) => each.control).map((each) => each.id),
    told: async () => {
      await Promise.all(entries.filter((each) => each.tells).map(({ id }) => untilTold(db, id)));
    },
    async announce(hub) {
      const providerId = await firstOf(db, 'provider', organizationId);
      const issue = (role: Role): Promise<string> =>
        parts.issuer.issueToken({
          clientId: sandboxClient(role),
          organizationId,
          role,
          ttlSeconds: TOKEN_SECONDS,
          ...(role === 'patient' ? { patientId } : {}),
          ...(role === 'provider' ? { providerId } : {}),
        });
      const tokens: Partial<Record<Role, string>> = {};
      for (const role of ROLES) tokens[role] = await issue(role);
      forConsole = { support: await issue('support'), engineer: await issue('engineer'), admin: await issue('admin') };
      const connections = [];
      for (const { id, key, control } of entries) {
        const locationId = await firstOf(db, 'location', organizationId, id);
        connections.push({ id, key, adapter: key, locationId, ...(control ? { control } : {}) });
      }
      await writePrivately(file, {
        ...hub,
        pid: process.pid,
        organization: organizationId,
        tokens,
        accounts: await keepAccounts(db, seal, { organizationId, patientId, providerId }),
        client: { id: sandboxClient('app'), secret },
        connections,
      });
    },
    stop: async () => {
      await Promise.all(simulators.map((each) => each.stop()));
    },
  };
}

const TOLD_SLOTS = 200;
const TOLD_WITHIN_MS = 30_000;

/** Throws a plain Error when the hospital has not told `TOLD_SLOTS` free slots in time. */
async function untilTold(db: Database, connectionId: string): Promise<void> {
  for (const deadline = Date.now() + TOLD_WITHIN_MS; ; await delay(100)) {
    const found = await db.query<{ count: number }>(
      `select count(*) from slot where connection_id = $1 and status = 'free'
         and start_at between now() + interval '2 hours' and now() + interval '21 days'`,
      [connectionId],
    );
    const count = found.rows[0]?.count ?? 0;
    if (count >= TOLD_SLOTS) return;
    if (Date.now() > deadline) {
      throw new Error(
        `the hospital of connection ${connectionId} has told ${count} free slots in ${TOLD_WITHIN_MS / 1000} s`,
      );
    }
  }
}

async function firstOf(
  db: Database,
  table: 'provider' | 'location',
  organizationId: string,
  connectionId?: string,
): Promise<string> {
  const found = await db.query<{ id: string }>(
    `select id from ${table} where organization_id = $1 and ($2::uuid is null or connection_id = $2) order by id limit 1`,
    [organizationId, connectionId ?? null],
  );
  const [row] = found.rows;
  if (!row) throw new Error(`the sandbox has no ${table}${connectionId ? ` of connection ${connectionId}` : ''}`);
  return row.id;
}

/** Whole or not at all, and for this user only: it holds tokens. */
async function writePrivately(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
