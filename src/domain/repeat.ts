import { pause } from './pause.ts';

export interface Repeated {
  /** Resolves when the work that is under way has ended; none begins after this call. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  /** From the end of one to the beginning of the next, in milliseconds. */
  readonly everyMs: number;
  /** Until the first begins, in milliseconds; at once unless told. */
  readonly firstAfterMs?: number;
  /** Told what `work` throws; the next one begins all the same. */
  readonly onError: (error: unknown) => void;
}

/** Does a chore again and again until stopped, never two of it at once. `stopping` is aborted then, for a chore that takes long. */
export function repeat(
  work: (stopping: AbortSignal) => Promise<void>,
  { everyMs, firstAfterMs = 0, onError }: RepeatOptions,
): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    if (firstAfterMs > 0) await pause(firstAfterMs, signal);
    while (!signal.aborted) {
      await work(signal).catch(onError);
      await pause(everyMs, signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
