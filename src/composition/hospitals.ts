/** The hospitals, and how they are reached. */
import { join } from 'node:path';
import { loadAdapters } from '../connections/load-adapters.ts';
import { Connections } from '../connections/open-connections.ts';
import { startMllpListener } from '../inbound/mllp-listener.ts';
import { openHubBook } from '../ledger/hub-book.ts';
import { openFeed } from '../ledger/notices-feed.ts';
import { loadMappings } from '../mapping/index.ts';
import { synchronise } from '../reconcile/synchronise.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { type Base, type Store, type Hospitals, ADAPTERS, ROOT } from './base.ts';

/** Adapters and mappings, the connections, what hospitals tell by themselves, and the sandbox's hospitals where wanted. */
export async function openHospitals({ config, contracts, log, onStop }: Base, store: Store): Promise<Hospitals> {
  const { db, seal, issuer } = store;
  const adapters = await loadAdapters(ADAPTERS);
  const connections = new Connections({
    sql: db,
    seal,
    adapters,
    mappings: loadMappings(join(ROOT, 'mappings'), contracts),
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed(db, connectionId),
  });
  onStop(() => connections.close());
  const listener = config.roles.has('listener')
    ? await startMllpListener({ ledger: store, connections, adapters, host: config.host, port: config.mllpPort, log })
    : undefined;
  if (listener) onStop(() => listener.close());
  const mllp = listener && { host: config.host, port: listener.port };
  const sandbox = config.sandbox
    ? await openSandbox({ db, seal, issuer, adapters, adaptersDirectory: ADAPTERS, dataDir: config.dataDir, mllp, log })
    : undefined;
  if (sandbox) onStop(() => sandbox.stop());
  return {
    adapters,
    connections,
    mllp,
    sandbox,
    synchronise: (connectionId) => synchronise({ db, connections, log }, connectionId),
  };
}
