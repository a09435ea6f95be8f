/** T4: free slots of a provider, beside the least that an Express program can answer. */
import { join } from 'node:path';
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub } from '../hub.ts';
import { startPeerProcess } from '../peer-process.ts';
import type { Lane } from '../load/plan.ts';

const CONNECTIONS = 64;
const READS = 8_000;
const HELLOS = 40_000;

export const bench: Bench = {
  name: 'availability',
  row: 'T4',
  title: 'free slots of a provider, beside Express alone',
  what: 'GET /v1/providers/{id}/availability, 50 slots, 64 connections: each time another window (from Postgres), and the same again and again (from a cache, where there is one). B: Express 5 hello, 64 connections.',
  figures: {
    hub: { what: 'hub, each time another window', unit: '/s' },
    p50: { what: 'hub, p50', unit: 'ms' },
    p99: { what: 'hub, p99', unit: 'ms' },
    again: { what: 'hub, the same again and again', unit: '/s' },
    limit: { what: 'B', unit: '/s' },
    ratio: { what: 'another window each time / B', unit: '×', held: { better: 'more', floor: 0.15, goal: 0.28 } },
    cached: { what: 'the same again and again / B', unit: '×', held: { better: 'more', floor: 0.4, goal: 0.7 } },
    failures: { what: 'not answered 200', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    hubUs: { what: 'processor time of the hub, each', unit: 'µs' },
    postgresUs: { what: 'processor time of Postgres, each', unit: 'µs' },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const hello = cleanUp.use(await startPeerProcess(join(import.meta.dirname, '../limits/express-hello.ts')));
    // As autovacuum does within a minute: until then Postgres knows nothing of the tables that were just filled.
    await hub.db.query('analyze');
    const total = scaled(settings, READS);
    const reading = (lane: Pick<Lane, 'paths' | 'headers'>, url?: string, count = total) =>
      hub.load(
        {
          connections: CONNECTIONS,
          lanes: [{ ...lane, method: 'GET', expected: [200] }],
          loop: { kind: 'closed', total: count },
        },
        url,
      );
    const { authorization = '' } = hub.headers;
    const path = `/v1/providers/${hub.providerIds[0]}/availability?limit=50`;
    let windows = 0;
    return {
      async round() {
        // No two requests of a round share a window: none is answered by what another one has asked.
        const paths = Array.from({ length: total }, () => `${path}&from=${windowStart((windows += 1))}`);
        const before = await hub.spent();
        const fresh = await reading({ paths, headers: { authorization } });
        const after = await hub.spent();
        const again = await reading({ paths: [path], headers: { authorization } });
        const limit = await reading(
          { paths: ['/hello'], headers: {} },
          `http://127.0.0.1:${hello.port}`,
          scaled(settings, HELLOS),
        );
        return {
          hub: fresh.perSecond,
          p50: fresh.p50Ms,
          p99: fresh.p99Ms,
          again: again.perSecond,
          limit: limit.perSecond,
          ratio: fresh.perSecond / limit.perSecond,
          cached: again.perSecond / limit.perSecond,
          failures: fresh.failures + again.failures,
          hubUs: ((after.hub - before.hub) * 1_000) / fresh.count,
          postgresUs: ((after.postgres - before.postgres) * 1_000) / fresh.count,
        };
      },
      notes: () => hub.surprises(),
    };
  },
};

/** A second later each, from in an hour on. */
const windowStart = (nth: number): string => new Date(Date.now() + 3_600_000 + nth * 1_000).toISOString();
