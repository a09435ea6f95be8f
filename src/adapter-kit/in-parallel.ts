/**
 * The results of `work` as they come, at most `limit` of it at once. When one fails, or nobody asks for more, no further item
 * is begun, and what has been begun is waited for: nothing of it goes on behind the caller's back.
 */
export async function* inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting = items.values();
  const running = new Map<number, Promise<{ readonly key: number; readonly result: Result }>>();
  let begun = 0;
  const begin = (): void => {
    const { done, value } = waiting.next();
    if (done) return;
    const key = begun;
    begun += 1;
    const promise = work(value).then((result) => ({ key, result }));
    // It may fail while the caller is busy with an earlier result; it is told at the next turn.
    promise.catch(() => undefined);
    running.set(key, promise);
  };
  for (let started = 0; started < limit; started += 1) begin();
  try {
    while (running.size > 0) {
      const { key, result } = await Promise.race(running.values());
      running.delete(key);
      begin();
      yield result;
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}
