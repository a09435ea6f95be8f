/** A HIS whose answers the test decides, under a real ledger, real connections and the real dispatcher. */
import {
  AdapterError,
  defineAdapter,
  type Adapter,
  type Capability,
  type Connector,
} from '../../src/adapter-kit/index.ts';
import { Connections, type ConnectionSources } from '../../src/connections/open-connections.ts';
import type { Log } from '../../src/domain/index.ts';
import { Dispatcher } from '../../src/dispatch/dispatcher.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { openFeed } from '../../src/ledger/notices-feed.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { SettlementWatch } from '../../src/ledger/settlement-watch.ts';

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface ScriptedHis {
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly connections: Connections;
  readonly dispatcher: Dispatcher;
}

/** Of a connection whose settings cannot be used. */
export const misconfigured = (): never => {
  throw new AdapterError('misconfigured', 'setting-missing', 'a setting is missing');
};

/** Answers for the adapter `any`, which the connections of a test clinic name. Close `connections` in the end. */
export function scriptedHis(
  ledger: Ledger,
  capabilities: readonly Capability[],
  connector: Omit<Connector, 'close'> | (() => never),
  more: Partial<ConnectionSources> = {},
): ScriptedHis {
  const adapter = defineAdapter({
    manifest: {
      id: 'any',
      title: 'Scripted',
      contractVersion: 1,
      managedBy: 'his',
      capabilities,
      lookup: 'by-client-reference',
      configSchema: { type: 'object' },
      secrets: [],
    },
    connect: () => ({
      ...(typeof connector === 'function' ? connector() : connector),
      close: () => Promise.resolve(),
    }),
  });
  const adapters = new Map([['any', adapter]]);
  const connections = new Connections({
    sql: ledger.db,
    seal: ledger.seal,
    adapters,
    mappings: { for: () => undefined, adapters: () => [], all: () => [] },
    openHubBook: (connectionId) => openHubBook(ledger.db, connectionId),
    openFeed: (connectionId) => openFeed(ledger, connectionId),
    ...more,
  });
  const settlements = new SettlementWatch(ledger.db);
  return { adapters, connections, dispatcher: new Dispatcher({ ledger, connections, settlements, log: silent }) };
}
