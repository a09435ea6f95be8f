/** An adapter connected to its own simulator, over real sockets, and the simulator's control side. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdapterError, type Adapter, type Connector, type FoundSlot, type Outcome, type SlotAtHis } from '#adapter-kit';
import type {
  Edit,
  Fault,
  LookupProfile,
  QuirkValue,
  RunningSimulator,
  SimulatorOptions,
  StartSimulator,
  Violation,
} from '#adapter-kit/simulator';
import { collect, testCall, type TestCall, type TestCallOptions } from './call.ts';

export interface Effects {
  readonly appointments: readonly {
    readonly vendorId: string;
    readonly transactionId: string | null;
    readonly slotId: string;
    readonly status: 'booked' | 'cancelled';
    readonly version: number;
    readonly createdAt: string;
  }[];
  readonly requests: readonly {
    readonly at: string;
    readonly method: string;
    readonly path: string;
    readonly transactionId: string | null;
  }[];
}

export interface SimulatedHospital {
  readonly simulator: RunningSimulator;
  readonly directory: string;
  readonly connector: Connector;
  /** Another connector, with some settings of its own. */
  connect(config?: Readonly<Record<string, unknown>>): Connector;
  call(options?: Partial<TestCallOptions>): TestCall;
  effects(): Promise<Effects>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  profile(lookup: LookupProfile): Promise<void>;
  /** Sets the named quirks. Throws when one is unknown. */
  quirks(values: Readonly<Record<string, QuirkValue>>): Promise<void>;
  /** Turns strict mode on or off; forgets the violations so far. */
  strict(on: boolean): Promise<void>;
  violations(): Promise<readonly Violation[]>;
  /** The keys of what was touched. Throws when the edit is refused. */
  edit(edit: Edit): Promise<Readonly<Record<string, string>>>;
  /** Free slots from two hours to three weeks ahead. */
  slots(): Promise<FoundSlot[]>;
  close(): Promise<void>;
}

export async function startHospital(
  adapter: Adapter,
  start: StartSimulator,
  more: Pick<SimulatorOptions, 'feedTo'> = {},
): Promise<SimulatedHospital> {
  const directory = mkdtempSync(join(tmpdir(), `${adapter.manifest.id}-`));
  const simulator = await start({ directory, seed: 7, ...more });
  const { config, secrets } = simulator.connection;
  const connect: SimulatedHospital['connect'] = (changes = {}) =>
    adapter.connect({ config: { ...config, ...changes }, secrets });
  const connector = connect();
  const call: SimulatedHospital['call'] = (options = {}) =>
    testCall({ adapter: adapter.manifest.id, urls: [simulator.url], ...options });
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${simulator.controlUrl}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    simulator,
    directory,
    connector,
    connect,
    call,
    effects: async () => (await send('GET', 'effects')) as Effects,
    fault: async (fault) => void (await send('POST', 'faults', fault)),
    clearFaults: async () => void (await send('DELETE', 'faults')),
    profile: async (lookup) => void (await send('POST', 'profile', { lookup })),
    quirks: async (values) => void (await send('POST', 'quirks', values)),
    strict: async (on) => void (await send('POST', 'strict', { on })),
    violations: async () => ((await send('GET', 'strict')) as { violations: Violation[] }).violations,
    edit: async (edit) => (await send('POST', 'edit', edit)) as Record<string, string>,
    slots: () => {
      const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();
      if (!connector.findSlots) throw new Error(`${adapter.manifest.id} finds no slots`);
      return collect(connector.findSlots(call(), { from: hours(2), to: hours(21 * 24) }));
    },
    close: async () => {
      await connector.close();
      await simulator.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** A found slot, as a booking names it. */
export function slotAtHis(slot: FoundSlot, timeZone: string): SlotAtHis {
  const { mode = 'in-person', details = {} } = slot;
  return { ...slot, timeZone, mode, details, seat: 1 };
}

/** What a call came to: its outcome, or what it threw, as `thrown <kind> <reason>`. */
export async function comesTo(work: Promise<Outcome>): Promise<string> {
  try {
    const outcome = await work;
    return outcome.class === 'success' ? 'success' : `${outcome.class} ${outcome.reason}`;
  } catch (error) {
    if (error instanceof AdapterError) return `thrown ${error.kind} ${error.reason}`;
    throw error;
  }
}
