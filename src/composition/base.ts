/** What the parts of the hub are given, and what they give to each other. */
import { join } from 'node:path';
import type { Adapter } from '../adapter-kit/index.ts';
import type { Config } from '../config.ts';
import type { Connections } from '../connections/open-connections.ts';
import type { Contracts } from '../contracts.ts';
import type { Log } from '../domain/index.ts';
import type { Issuer } from '../identity/index.ts';
import type { KeyRotation } from '../ledger/key-rotation.ts';
import type { Ledger } from '../ledger/settle.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SettlementMeter } from '../telemetry/settlement-meter.ts';
import type { SettlementWatch } from '../ledger/settlement-watch.ts';
import type { PoolUse } from '../db/database.ts';
import type { Organizations } from '../db/organizations.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Presence } from '../connections/presence.ts';
import type { Workbench } from './mapping-workbench.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const ADAPTERS = join(ROOT, 'adapters');
export const CONTRACTS = join(ROOT, 'contracts');
export const MAPPINGS = join(ROOT, 'mappings');
/** The console, as scripts/build-web.mjs has built it. */
export const WEB = join(ROOT, 'web/dist');
/** What is at work when the hub is stopped may take so long to end. */
export const STOP_GRACE_MS = 10_000;

/** What every part is given: settings, contracts, the log, and where to say how it is undone. */
export interface Base {
  readonly config: Config;
  readonly contracts: Contracts;
  readonly log: Log;
  /** Undone in reverse order, also when the start fails half way. */
  readonly onStop: (cleanUp: () => Promise<unknown> | void) => void;
  /** Says that the hub cannot go on. */
  readonly fail: () => void;
}

export interface Store extends Ledger {
  /** For what callers ask for; `db` sees every organization, and is for what the hub does of itself. */
  readonly organizations: Organizations;
  readonly poolUse: () => PoolUse;
  readonly presence: Presence;
  readonly settlements: SettlementWatch;
  readonly issuer: Issuer;
  readonly rotate: KeyRotation;
  /** How others reach the API: TESSERA_PUBLIC_URL, or where it listens, known when it does. */
  readonly address: { url: string };
}

export interface Hospitals {
  readonly metrics: Metrics;
  /** Told of each transaction that this process has worked on. */
  readonly meter: SettlementMeter;
  readonly workbench: Workbench;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly connections: Connections;
  /** Where hospitals tell by themselves; undefined when this process does not listen. */
  readonly mllp: { readonly host: string; readonly port: number } | undefined;
  readonly sandbox: Sandbox | undefined;
  readonly synchronise: (connectionId: string) => Promise<unknown>;
}
