/** The hospitals, and how they are reached. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { loadAdapters } from '../connections/load-adapters.ts';
import { MappingTraffic } from '../connections/mapping-traffic.ts';
import { Connections } from '../connections/open-connections.ts';
import { OwnMappings } from '../connections/own-mappings.ts';
import { startMllpListener } from '../inbound/mllp-listener.ts';
import { keepExpiries } from '../ledger/connection-expiry.ts';
import { openHubBook } from '../ledger/hub-book.ts';
import { openFeed } from '../ledger/notices-feed.ts';
import { loadMappings } from '../mapping/index.ts';
import { synchronise } from '../reconcile/synchronise.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { SettlementMeter } from '../telemetry/settlement-meter.ts';
import { openWorkbench } from './mapping-workbench.ts';
import { metered, startMetrics } from './metrics.ts';
import { type Base, type Store, type Hospitals, ADAPTERS, CONTRACTS, MAPPINGS } from './base.ts';

/** Adapters and mappings, the connections, what hospitals tell by themselves, and the sandbox's hospitals where wanted. */
export async function openHospitals(base: Base, store: Store): Promise<Hospitals> {
  const { config, contracts, log, onStop } = base;
  const { db, seal, keys, issuer } = store;
  const adapters = await loadAdapters(ADAPTERS);
  let opened: Connections | undefined;
  const metrics = startMetrics(base, store, () => opened);
  const meter = new SettlementMeter(db, log, (settlement) => metrics.settled(settlement));
  onStop(() => meter.stop());
  const mappings = loadMappings(MAPPINGS, contracts);
  const workbench = openWorkbench(mappings, MAPPINGS, contracts, CONTRACTS);
  onStop(() => workbench.close());
  const traffic = new MappingTraffic({ sql: db, seal, log });
  onStop(() => traffic.close());
  const connections = (opened = new Connections({
    sql: db,
    seal,
    adapters,
    mappings,
    ownMappings: new OwnMappings({ sql: db, contracts, traffic }),
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed(store, connectionId),
    workers: () => store.presence.workers,
    // Tokens live for minutes: this is seldom, and no call waits for it.
    onToken: ({ id: connectionId }, endsAtMs) =>
      void keepExpiries(db, connectionId, [
        { kind: 'token', subject: '', endsAt: new Date(endsAtMs).toISOString() },
      ]).catch((error: unknown) => log.warn({ connectionId, err: error }, 'until when a token is good was not noted')),
    onCall: (row, call) => metrics.called(metered(row), call),
  }));
  onStop(() => connections.close());
  const listener = config.roles.has('listener')
    ? await startMllpListener({
        ledger: store,
        connections,
        adapters,
        host: config.mllpHost,
        port: config.mllpPort,
        ...(await mllpAccess(config)),
        log,
      })
    : undefined;
  if (listener) onStop(() => listener.close());
  const mllp = listener && { host: config.mllpHost, port: listener.port };
  const sandbox = config.sandbox
    ? await openSandbox({
        db,
        seal,
        keys,
        issuer,
        adapters,
        adaptersDirectory: ADAPTERS,
        dataDir: config.dataDir,
        mllp,
        log,
      })
    : undefined;
  if (sandbox) onStop(() => sandbox.stop());
  return {
    metrics,
    meter,
    workbench,
    adapters,
    connections,
    mllp,
    sandbox,
    synchronise: (connectionId) => synchronise({ db, connections, log }, connectionId),
  };
}

/** Throws when a file of certificates cannot be read. */
async function mllpAccess({ mllp: { tls, allow, unprotected } }: Config) {
  if (!tls) return { allow, unprotected };
  const [cert, key] = await Promise.all([readPem(tls.cert), readPem(tls.key)]);
  const clientCa = tls.ca === undefined ? {} : { clientCa: await readPem(tls.ca) };
  return { allow, unprotected, tls: { cert, key, ...clientCa } };
}

async function readPem(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`the file ${file} for TLS of the HL7 v2 port cannot be read`, { cause: error });
  });
  if (text.includes('-----BEGIN ')) return text;
  throw new Error(`the file ${file} for TLS of the HL7 v2 port holds no PEM: expected -----BEGIN …-----`);
}
