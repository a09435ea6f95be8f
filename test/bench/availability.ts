/** Free slots of a provider through the API, beside the bare query on the same Postgres. */
import type { BenchHub } from './hub.ts';
import { closedLoop, status, type Measured } from './load.ts';

const CONNECTIONS = 64;
const ROUND = 4_000;
const BARE = `select id, start_at, end_at, location_id, mode from slot
  where provider_id = $1 and status = 'free' and start_at > now() and start_at < now() + interval '14 days' order by start_at limit 50`;

export async function availability(hub: BenchHub): Promise<{ readonly hub: Measured; readonly limit: Measured }> {
  const url = `${hub.api}/v1/providers/${hub.providerId}/availability`;
  const through = await closedLoop(CONNECTIONS, ROUND, async () => (await status('GET', url, hub.headers)) === 200);
  const bare = await closedLoop(
    32,
    ROUND,
    async () => ((await hub.db.query(BARE, [hub.providerId])).rowCount ?? 0) > 0,
  );
  return { hub: through, limit: bare };
}
