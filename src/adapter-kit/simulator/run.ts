/** Runs a simulated HIS: the vendor's port, and the control port beside it. */
import { openControlPort } from './control.ts';
import { reactInDialect, type HttpDialect } from './http-dialect.ts';
import { openHttpPort, type VendorPort } from './http-port.ts';
import { Pusher, type PushWording } from './pusher.ts';
import type { QuirkDeclaration } from './quirks.ts';
import { SimulatedHis } from './simulated-his.ts';
import type { World } from './world.ts';

export interface SimulatorOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  readonly controlPort?: number;
  /** Where the book is kept. */
  readonly directory: string;
  readonly seed?: number;
  /** The hub's HL7 v2 listener: where a HIS that tells by itself what changes is to tell it. */
  readonly feedTo?: { readonly host: string; readonly port: number };
  /** What the HIS calls itself in its messages, where one hub hears several of a kind. Default: the simulator's own. */
  readonly name?: string;
}

export interface RunningSimulator {
  /** Of the vendor's port, without a path. */
  readonly url: string;
  /** Ends in /_control. */
  readonly controlUrl: string;
  /** What a hub needs to connect to it. */
  readonly connection: {
    readonly name: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly secrets: Readonly<Record<string, string>>;
    /** For a HIS that cannot list its locations. */
    readonly location?: { readonly name: string; readonly timeZone: string };
  };
  stop(): Promise<void>;
}

/** The default export of adapters/<vendor>/simulator.ts. */
export type StartSimulator = (options: SimulatorOptions) => Promise<RunningSimulator>;

export interface SimulatorDefinition {
  readonly world: World;
  /** The vendor's quirks that can be switched; the dialect asks `his.quirks`. */
  readonly quirks?: readonly QuirkDeclaration[];
  /** Opens the vendor's port; `httpPort` for vendors that speak HTTP. */
  open(his: SimulatedHis, port: number): Promise<VendorPort>;
  connection(url: string): RunningSimulator['connection'];
  /** What the HIS posts to a hub by itself, once it is told where (`POST /_control/push`). */
  push?(his: SimulatedHis): PushWording;
  /** Scheme of `url`; default http. */
  readonly scheme?: string;
}

/** Starts what `definition` describes; both ports listen on 127.0.0.1 when it resolves. */
export async function runSimulator(
  definition: SimulatorDefinition,
  { port = 0, controlPort = 0, directory, seed = 1 }: SimulatorOptions,
): Promise<RunningSimulator> {
  const his = new SimulatedHis(definition.world, directory, seed, definition.quirks);
  const vendorPort = await definition.open(his, port);
  const pusher = definition.push && new Pusher(his, definition.push(his));
  const control = await openControlPort(his, vendorPort, controlPort, pusher);
  const url = `${definition.scheme ?? 'http'}://127.0.0.1:${vendorPort.port}`;
  return {
    url,
    controlUrl: `http://127.0.0.1:${control.port}/_control`,
    connection: definition.connection(url),
    stop: async () => {
      await Promise.all([pusher?.stop(), vendorPort.close(), control.close()]);
      his.close();
    },
  };
}

/** The `open` of a vendor that speaks HTTP. */
export function httpPort(dialectOf: (his: SimulatedHis) => HttpDialect): SimulatorDefinition['open'] {
  return (his, port) => openHttpPort(port, reactInDialect(his, dialectOf(his)));
}
