/**
 * The first, simple synchronisation of a connection: locations, providers and free slots flow from the HIS into the canonical
 * model. What the hub has claimed itself stays claimed, whatever the HIS says meanwhile.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Call, Connector } from '../adapter-kit/index.ts';
import type { Connections } from '../connections/open-connections.ts';
import { makeCall } from '../connections/make-call.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import { keepLocations, keepProviders } from '../connections/keep-directory.ts';
import { closeVanishedSlots, keepSlots } from '../connections/keep-slots.ts';

const HORIZON_MS = 21 * 24 * 3600_000;
/** The whole of it; single calls are bounded by the adapter's own paging. */
const DEADLINE_MS = 120_000;

export interface SynchroniseParts {
  readonly db: Database;
  readonly connections: Connections;
  readonly log: Log;
}

export interface Synchronised {
  readonly locations: number;
  readonly providers: number;
  readonly slots: number;
  readonly vanished: number;
}

/** Throws a plain Error with the reason when the HIS cannot be read; what was read until then is kept. */
export async function synchronise(parts: SynchroniseParts, connectionId: string): Promise<Synchronised> {
  const { connection } = await parts.connections.get(connectionId);
  const { row, connector } = connection;
  const from = new Date();
  const window = { from: from.toISOString(), to: new Date(from.getTime() + HORIZON_MS).toISOString() };
  const counts = { locations: 0, providers: 0, slots: 0, vanished: 0 };
  const made = await makeCall<string | undefined>(
    {
      operation: 'synchronise',
      connection,
      transactionId: uuidv7(),
      attempt: 1,
      deadlineMs: DEADLINE_MS,
      leavesOutUnmapped: true,
      log: parts.log,
    },
    async (call) => {
      await readAll(parts.db, row.id, row.organization_id, connector, call, window, counts);
      return undefined;
    },
    (refusal) => refusal.reason,
  );
  if (made.value !== undefined) throw new Error(`connection ${row.key} could not be synchronised: ${made.value}`);
  if (connector.findSlots) counts.vanished = await closeVanishedSlots(parts.db, row.id, window, from.toISOString());
  await parts.db.query('update connection set synchronised_at = now() where id = $1', [row.id]);
  parts.log.info(
    { connectionId: row.id, ...counts, durationMs: Math.round(made.durationMs) },
    `connection ${row.key} synchronised`,
  );
  return counts;
}

async function readAll(
  db: Database,
  connectionId: string,
  organizationId: string,
  connector: Connector,
  call: Call,
  window: { readonly from: string; readonly to: string },
  counts: { locations: number; providers: number; slots: number },
): Promise<void> {
  const at = { connectionId, organizationId };
  for await (const page of connector.listLocations?.(call) ?? []) {
    counts.locations += await db.transaction((tx) => keepLocations(tx, at, page));
  }
  for await (const page of connector.listProviders?.(call) ?? []) {
    counts.providers += await db.transaction((tx) => keepProviders(tx, at, page));
  }
  for await (const page of connector.findSlots?.(call, window) ?? []) counts.slots += await keepSlots(db, at, page);
}
