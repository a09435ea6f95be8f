/** BullMQ by itself, on a Redis of its own: how fast jobs go through it when they mean nothing. */
import { Queue, Worker } from 'bullmq';

const QUEUE = 'bench-raw';
const SENT_AT_ONCE = 1_000;
const AT_ONCE = 50;

/** Jobs a second. `url`: of the Redis. */
export async function rawBullmq(
  url: string,
  count: number,
): Promise<{ readonly enqueued: number; readonly drained: number }> {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection });
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += SENT_AT_ONCE)
    await queue.addBulk(
      Array.from({ length: Math.min(SENT_AT_ONCE, count - sent) }, (_, nth) => ({
        name: 'job',
        data: { nth },
        opts: { removeOnComplete: true },
      })),
    );
  const sentAt = performance.now();
  const over = Promise.withResolvers<void>();
  let done = 0;
  const worker = new Worker(
    QUEUE,
    () => {
      done += 1;
      if (done === count) over.resolve();
      return Promise.resolve();
    },
    { connection, concurrency: AT_ONCE },
  );
  worker.on('error', over.reject);
  await over.promise;
  const endedAt = performance.now();
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  return { enqueued: (count / (sentAt - startedAt)) * 1_000, drained: (count / (endedAt - sentAt)) * 1_000 };
}
