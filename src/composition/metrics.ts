/** What is counted, and where it is asked for. */
import type { Connections } from '../connections/open-connections.ts';
import { readLedgerGauges } from '../queries/ledger-gauges.ts';
import type { MeteredConnection } from '../telemetry/connection-labels.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Base, Store } from './base.ts';

interface Row {
  readonly organization_id: string;
  readonly key: string;
  readonly adapter: string;
}

export const metered = ({ organization_id: organizationId, key, adapter }: Row): MeteredConnection => ({
  organizationId,
  key,
  adapter,
});

/** `connections`: those of this process; asked for when the metrics are, because their calls are counted here, too. */
export function startMetrics({ onStop }: Base, store: Store, connections: () => Connections | undefined): Metrics {
  const metrics = new Metrics({
    ledger: () => readLedgerGauges(store.db),
    pool: store.poolUse,
    connections: () =>
      (connections()?.open ?? []).map((each) => ({
        connection: metered(each.row),
        ...each.bulkhead,
        waiting: each.waiting,
      })),
  });
  onStop(() => metrics.stop());
  return metrics;
}
