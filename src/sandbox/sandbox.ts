/** The sandbox: a simulated hospital for every adapter that has a simulator, a clinic without one, and tokens for every role. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '../adapter-kit/index.ts';
import type { RunningSimulator } from '../adapter-kit/simulator/index.ts';
import type { Database } from '../db/database.ts';
import { ROLES, type Caller, type Log, type Role } from '../domain/index.ts';
import type { Issuer } from '../identity/index.ts';
import type { Seal } from '../ledger/seal.ts';
import { keepClinic, keepPatients } from './demo-clinic.ts';
import { findSimulator } from './find-simulators.ts';
import { keepClient, keepConnection, keepOrganization } from './keep-connection.ts';

const TOKEN_SECONDS = 12 * 3600;

export interface SandboxParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly issuer: Issuer;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly adaptersDirectory: string;
  readonly dataDir: string;
  readonly log: Log;
}

export interface Sandbox {
  readonly file: string;
  /** Connections whose HIS is to be read before the sandbox is ready. */
  readonly connectionIds: readonly string[];
  /** Writes sandbox.json: everything a program outside needs. Call when the hub is ready. */
  announce(hub: {
    readonly api: string;
    readonly mllp: { readonly host: string; readonly port: number };
  }): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly control: string | undefined;
}

export async function openSandbox(parts: SandboxParts): Promise<Sandbox> {
  const { db, seal, dataDir } = parts;
  const organizationId = await keepOrganization(db);
  const simulators: RunningSimulator[] = [];
  const entries: Entry[] = [];
  for (const [key, { manifest }] of parts.adapters) {
    const start = await findSimulator(parts.adaptersDirectory, key);
    const simulator = await start?.({ directory: join(dataDir, 'simulators', key) });
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
    entries.push({ id, key, control: simulator?.controlUrl });
    if (simulator)
      parts.log.info(
        { connectionId: id, control: simulator.controlUrl },
        `sandbox hospital ${key} listens at ${simulator.url}`,
      );
  }
  const admin: Caller = { organizationId, clientId: 'sandbox-admin', role: 'admin' };
  const clients = new Map<Role, { readonly id: string; readonly secret: string }>();
  for (const role of ROLES) clients.set(role, await keepClient(db, organizationId, role));
  for (const { id, control } of entries) if (!control) await keepClinic(db, admin, id);
  const patientId = await keepPatients(db, admin);
  const file = join(dataDir, 'sandbox.json');

  return {
    file,
    connectionIds: entries.filter((each) => each.control).map((each) => each.id),
    async announce(hub) {
      const providerId = await firstOf(db, 'provider', organizationId);
      const tokens: Partial<Record<Role, string>> = {};
      for (const role of ROLES) {
        tokens[role] = await parts.issuer.issueToken({
          clientId: `sandbox-${role}`,
          organizationId,
          role,
          ttlSeconds: TOKEN_SECONDS,
          ...(role === 'patient' ? { patientId } : {}),
          ...(role === 'provider' ? { providerId } : {}),
        });
      }
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
        client: clients.get('app'),
        connections,
      });
    },
    stop: async () => {
      await Promise.all(simulators.map((each) => each.stop()));
    },
  };
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
