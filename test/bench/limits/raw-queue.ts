/** pg-boss by itself, in the hub's own Postgres: how fast jobs go through it when they mean nothing. */
import { PgBoss } from 'pg-boss';
import type { Database } from '../../../src/db/database.ts';

const QUEUE = 'bench-raw';
const SENT_AT_ONCE = 1_000;
const FETCHED_AT_ONCE = 100;

/** Jobs a second. */
export async function rawQueue(
  db: Database,
  count: number,
): Promise<{ readonly enqueued: number; readonly drained: number }> {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values: unknown[] = []) => db.query(text, values) },
    supervise: false,
    schedule: false,
    migrate: false,
  });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(QUEUE);
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += SENT_AT_ONCE)
    await boss.insert(
      QUEUE,
      Array.from({ length: Math.min(SENT_AT_ONCE, count - sent) }, (_, nth) => ({ data: { nth } })),
    );
  const sentAt = performance.now();
  let done = 0;
  for (;;) {
    const jobs = await boss.fetch(QUEUE, { batchSize: FETCHED_AT_ONCE });
    if (jobs.length === 0) break;
    await boss.complete(
      QUEUE,
      jobs.map(({ id }) => id),
    );
    done += jobs.length;
  }
  const endedAt = performance.now();
  await boss.deleteQueue(QUEUE);
  await boss.stop({ graceful: false });
  if (done !== count) throw new Error(`${count} jobs were sent, ${done} fetched`);
  return { enqueued: (count / (sentAt - startedAt)) * 1_000, drained: (count / (endedAt - sentAt)) * 1_000 };
}
