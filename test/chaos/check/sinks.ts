/** I7: no patient's data in any place where people look without being asked why; I9: nothing grows without bound. */
import { hasCanary } from '../canaries.ts';
import type { Cluster } from '../cluster.ts';
import type { Journal } from '../story.ts';
import type { Finding } from './invariants.ts';

/** Tables that are shown, exported or kept in the clear. */
const CLEAR_TABLES = ['event', 'transaction', 'attempt', 'api_request'];

export async function* checkSinks(cluster: Cluster, journal: Journal): AsyncGenerator<Finding> {
  for (const child of cluster.children) {
    if (child.leaks > 0)
      yield { invariant: 'I7', detail: `${child.leaks} lines of a ${child.roles} log hold a patient's data` };
    child.leaks = 0;
  }
  if (journal.leaks > 0) yield { invariant: 'I7', detail: `${journal.leaks} problems hold a patient's data` };
  journal.leaks = 0;
  const tables = cluster.driver === 'pg-boss' ? [...CLEAR_TABLES, 'pgboss.job'] : CLEAR_TABLES;
  for (const table of tables) {
    const rows = await cluster.db.query<{ row: string }>(`select row_to_json(t)::text as row from ${table} t`);
    const leaks = rows.rows.filter(({ row }) => hasCanary(row)).length;
    if (leaks > 0) yield { invariant: 'I7', detail: `${leaks} rows of ${table} hold a patient's data` };
  }
}

const RSS_BYTES_MAX = 768 * 2 ** 20;

/** Not of the host: the hospitals live there, too, and remember whatever they were sent. */
export function* checkBounds(cluster: Cluster): Generator<Finding> {
  for (const child of [...cluster.apis, ...cluster.workers]) {
    const { rssBytes = 0 } = child.usage() ?? {};
    if (rssBytes > RSS_BYTES_MAX) {
      yield { invariant: 'I9', detail: `a ${child.roles} process has ${Math.round(rssBytes / 2 ** 20)} MiB` };
    }
  }
}
