/** What is read of a HIS: in turn with its other calls, and with what could not be understood counted. */
import { newId } from '../db/new-id.ts';
import type { Call, Connector, FoundAppointment, FoundSlot } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/open-connections.ts';
import { keepLocations, keepProviders } from '../connections/keep-directory.ts';
import { makeCall, thisMoment } from '../connections/make-call.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../domain/index.ts';

/** The whole of one page; single requests are bounded by the adapter's own paging. */
const DEADLINE_MS = 120_000;

export interface ReadingParts {
  readonly db: Database;
  readonly connections: Connections;
  readonly log: Log;
}

/** The HIS could not be read; `reason` is a stable word. */
export class NotRead extends Error {
  readonly reason: string;
  constructor(connection: Connection, reason: string) {
    super(`connection ${connection.row.key} could not be read: ${reason}`);
    this.name = 'NotRead';
    this.reason = reason;
  }
}

export interface Reading<Item> {
  readonly items: readonly Item[];
  /** Items that were left out, because no table lists their code. */
  readonly leftOut: number;
  /** Requests that were made of the HIS. */
  readonly exchanges: number;
}

export interface Window {
  /** RFC 3339 instants, [from, to). */
  readonly from: string;
  readonly to: string;
}

/**
 * Waits for its turn: as long as it takes, unless somebody waits for what is read; that is over after `deadlineMs`, with the wait for
 * the turn. Throws NotRead, or TurnRefused.
 */
export async function read<Item>(
  parts: Pick<ReadingParts, 'log'>,
  connection: Connection,
  operation: string,
  list: (connector: Connector, call: Call) => AsyncIterable<readonly Item[]> | undefined,
  deadlineMs?: number,
): Promise<Reading<Item>> {
  const since = deadlineMs === undefined ? undefined : thisMoment();
  const items: Item[] = [];
  let leftOut = 0;
  const made = await connection.takeTurn(
    () =>
      makeCall<string | undefined>(
        {
          operation,
          connection,
          transactionId: newId(),
          attempt: 1,
          deadlineMs: deadlineMs ?? DEADLINE_MS,
          since,
          leavesOutUnmapped: true,
          onLeftOut: () => (leftOut += 1),
          log: parts.log,
        },
        async (call) => {
          for await (const page of list(connection.connector, call) ?? []) items.push(...page);
          return undefined;
        },
        (refusal) => refusal.reason,
      ),
    deadlineMs,
  );
  if (made.value !== undefined) throw new NotRead(connection, made.value);
  return { items, leftOut, exchanges: made.exchanges.length };
}

export const readSlots = (
  parts: Pick<ReadingParts, 'log'>,
  connection: Connection,
  window: Window,
  deadlineMs?: number,
): Promise<Reading<FoundSlot>> =>
  read(parts, connection, 'synchronise', (connector, call) => connector.findSlots?.(call, window), deadlineMs);

export const readAppointments = (
  parts: Pick<ReadingParts, 'log'>,
  connection: Connection,
  request: Window & { readonly patients: readonly string[] },
  deadlineMs?: number,
): Promise<Reading<FoundAppointment>> =>
  read(parts, connection, 'reconcile', (connector, call) => connector.listAppointments?.(call, request), deadlineMs);

/** Providers and locations flow into the model. Returns how many there are, and the requests that it took. */
export async function readDirectory(
  parts: ReadingParts,
  connection: Connection,
): Promise<{ readonly locations: number; readonly providers: number; readonly exchanges: number }> {
  const at = { connectionId: connection.row.id, organizationId: connection.row.organization_id };
  const locations = await read(parts, connection, 'synchronise', (connector, call) => connector.listLocations?.(call));
  await parts.db.transaction((tx) => keepLocations(tx, at, locations.items));
  const providers = await read(parts, connection, 'synchronise', (connector, call) => connector.listProviders?.(call));
  await parts.db.transaction((tx) => keepProviders(tx, at, providers.items));
  return {
    locations: locations.items.length,
    providers: providers.items.length,
    exchanges: locations.exchanges + providers.exchanges,
  };
}
