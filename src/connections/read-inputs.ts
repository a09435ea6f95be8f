/** What a mapping is given by the HIS itself: reads a page, as a synchronisation would, and keeps nothing of it. */
import { newId } from '../db/new-id.ts';
import { AdapterError, type Call, type Connector } from '../adapter-kit/index.ts';
import type { Log } from '../domain/index.ts';
import type { Connection } from './connection.ts';
import { makeCall } from './make-call.ts';
import type { Connections } from './open-connections.ts';
import { readOnly } from './read-only.ts';

const DEADLINE_MS = 20_000;
const NEAR_MS = 3 * 24 * 3600_000;
/** A page of slots may apply a mapping once for each. */
const INPUTS_MAX = 10;

/** One read, and what it did. */
export interface InputRead {
  readonly read: 'listLocations' | 'listProviders' | 'findSlots';
  /** `success`, or the class of the refusal. */
  readonly class: string;
  readonly reason: string | null;
  /** How often it applied the mapping. */
  readonly inputs: number;
  /** The names of the mappings that it applied. */
  readonly applied: readonly string[];
}

const NOTHING = { read: 'listLocations', inputs: 0, applied: [] } as const;

/** Settings that cannot be used are told as a read that fails by them is. */
async function opened(connections: Connections, connectionId: string): Promise<Connection | AdapterError> {
  try {
    return (await connections.get(connectionId)).connection;
  } catch (error) {
    if (error instanceof AdapterError) return error;
    throw error;
  }
}

/**
 * Ends with the first read that applies the mapping `name`, and within 20 s. Inputs are given also of a read that failed, as it does
 * where the present mapping is what is wrong. Whatever the state of the connection; at most 10 inputs.
 */
export async function readInputs(
  { connections, log }: { readonly connections: Connections; readonly log: Log },
  connectionId: string,
  name: string,
): Promise<{ readonly reads: readonly InputRead[]; readonly inputs: readonly unknown[] }> {
  const connection = await opened(connections, connectionId);
  if (connection instanceof AdapterError)
    return { reads: [{ ...NOTHING, class: connection.kind, reason: connection.reason }], inputs: [] };
  const { connector } = connection;
  const startedAt = performance.now();
  const reads: InputRead[] = [];
  const inputs: unknown[] = [];
  for (const [read, firstPage] of firstPages(connector)) {
    const applied = new Set<string>();
    let count = 0;
    const watched = (call: Call): Call => ({
      ...readOnly(call, 'dry-run'),
      map(asked, input) {
        applied.add(asked);
        if (asked === name) {
          count += 1;
          // A copy: an adapter may go on with what it has given.
          if (inputs.length < INPUTS_MAX) inputs.push(structuredClone(input));
        }
        return call.map(asked, input);
      },
    });
    const deadlineMs = Math.max(1, Math.round(DEADLINE_MS - (performance.now() - startedAt)));
    const { value } = await makeCall<{ readonly class: string; readonly reason: string | null }>(
      {
        connection,
        transactionId: newId(),
        attempt: 1,
        operation: 'dry-run',
        deadlineMs,
        leavesOutUnmapped: true,
        log,
      },
      async (call) => {
        await firstPage(watched(call));
        return { class: 'success', reason: null };
      },
      (refusal) => ({ class: refusal.class, reason: refusal.reason }),
    );
    reads.push({ read, class: value.class, reason: value.reason, inputs: count, applied: [...applied].toSorted() });
    if (inputs.length > 0) break;
  }
  return { reads, inputs };
}

/** The cheapest first. */
function* firstPages(connector: Connector): Generator<[InputRead['read'], (call: Call) => Promise<void>]> {
  if (connector.listLocations) yield ['listLocations', (call) => first(connector.listLocations?.(call))];
  if (connector.listProviders) yield ['listProviders', (call) => first(connector.listProviders?.(call))];
  if (!connector.findSlots) return;
  const now = Date.now();
  const window = { from: new Date(now).toISOString(), to: new Date(now + NEAR_MS).toISOString() };
  yield ['findSlots', (call) => first(connector.findSlots?.(call, window))];
}

async function first(pages: AsyncIterable<unknown> | undefined): Promise<void> {
  for await (const _ of pages ?? []) return;
}
